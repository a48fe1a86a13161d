package pattern

// parse reads one event pattern. Its error is the first mistake.
func parse(text []byte) (*Pattern, error) {
	src := newSource("", text)
	root, err := readJSON(src, `an event pattern, such as {"source": ["aws.ec2"]}`)
	if err != nil {
		return nil, err
	}
	p, errs := compile(src, root)
	if len(errs) > 0 {
		return nil, errs[0]
	}
	return p, nil
}
