package pattern

// parse reads one event pattern. Its error is the first mistake.
func parse(text []byte) (*Pattern, error) {
	src := newSource("", text)
	root, err := src.readJSON(`an event pattern, such as {"source": ["aws.ec2"]}`)
	if err != nil {
		return nil, err
	}
	p := compile(src, root)
	if len(p.mistakes) > 0 {
		return nil, p.mistakes[0]
	}
	return p, nil
}
