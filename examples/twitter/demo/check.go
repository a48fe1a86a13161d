package main

import (
	"bytes"
	"errors"
	"fmt"
	"image"
	_ "image/gif" // what is posted is decoded
	_ "image/jpeg"
	_ "image/png"
	"slices"
	"strings"
)

// check expects one post for each picture, and for the object that is not a picture an error that says so.
func (d *demo) check(posts []post) error {
	var problems []error
	for _, p := range pictures {
		problems = append(problems, checkPost(p, posts))
	}
	if len(posts) != len(pictures) {
		problems = append(problems, fmt.Errorf("there are %d posts, not %d", len(posts), len(pictures)))
	}
	refused := 0
	for _, r := range d.runs {
		if strings.HasPrefix(r.Failed, "InputError: s3://"+d.bucket+"/"+noPicture+" is not a picture") {
			refused++
		} else if r.Failed != "" {
			problems = append(problems, errors.New(r.Failed))
		}
	}
	if refused != eventsEach {
		problems = append(problems, fmt.Errorf("the object that is not a picture was refused %d times", refused))
	}
	return errors.Join(problems...)
}

// checkPost expects a post with the picture's text, whose image has the size of the displayed picture and differs from
// it because of the watermark. Other tests check how the watermark looks.
func checkPost(p picture, posts []post) error {
	i := slices.IndexFunc(posts, func(made post) bool { return made.Text == p.text && made.Alt == p.alt })
	if i < 0 {
		return fmt.Errorf("%s: no post has the text %q and the alt text %q", p.key, p.text, p.alt)
	}
	before, err := p.read()
	if err != nil {
		return err
	}
	posted, _, err := image.DecodeConfig(bytes.NewReader(posts[i].Picture))
	if err != nil {
		return fmt.Errorf("%s: %w", p.key, err)
	}
	if size := image.Pt(posted.Width, posted.Height); size != p.size {
		return fmt.Errorf("%s: its size is %v, not %v", p.key, size, p.size)
	}
	if bytes.Equal(before, posts[i].Picture) {
		return fmt.Errorf("%s: it has no watermark", p.key)
	}
	return nil
}
