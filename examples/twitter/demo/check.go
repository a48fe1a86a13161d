package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"image"
	_ "image/gif" // what is posted is decoded
	_ "image/jpeg"
	_ "image/png"
	"net/http"
	"slices"
	"strings"
)

// post is a post on the stand-in for X.
type post struct{ ID, Text, Alt, Media string }

// posts returns the posts on the stand-in for X.
func (d *demo) posts(ctx context.Context) (posts []post, err error) {
	_, data, err := request(ctx, http.MethodGet, d.x+"/stand-in/posts", nil)
	if err != nil {
		return nil, err
	}
	return posts, json.Unmarshal(data, &posts)
}

// media returns the picture of a post.
func (d *demo) media(ctx context.Context, p post) ([]byte, error) {
	_, data, err := request(ctx, http.MethodGet, d.x+"/stand-in/media/"+p.Media, nil)
	return data, err
}

// check expects one post for each picture, and for the object that is not a picture an error that says so.
func (d *demo) check(ctx context.Context) error {
	posts, err := d.posts(ctx)
	if err != nil {
		return err
	}
	wanted := 0
	for _, p := range pictures {
		if p.isPicture() {
			wanted++
			err = errors.Join(err, d.checkPost(ctx, p, posts))
		}
	}
	if len(posts) != wanted {
		err = errors.Join(err, fmt.Errorf("there are %d posts, not %d", len(posts), wanted))
	}
	refused := 0
	for _, r := range d.runs {
		if r.Failed != "" {
			refused++
		}
		if r.Failed != "" && !strings.Contains(r.Failed, "InputError: s3://"+d.bucket+"/"+noPicture+" is not a picture") {
			err = errors.Join(err, errors.New(r.Failed))
		}
	}
	if refused != eventsEach {
		err = errors.Join(err, fmt.Errorf("the object that is not a picture was refused %d times", refused))
	}
	if err == nil {
		d.Say("%d pictures were posted once each in %d runs; the object that is not one was refused", wanted, len(d.runs))
	}
	return err
}

// checkPost expects a post with the picture's text, whose image has the size of the displayed picture and differs from
// it because of the watermark. Other tests check how the watermark looks.
func (d *demo) checkPost(ctx context.Context, p picture, posts []post) error {
	i := slices.IndexFunc(posts, func(made post) bool { return made.Text == p.text && made.Alt == p.alt })
	if i < 0 {
		return fmt.Errorf("%s: no post has the text %q and the alt text %q", p.key, p.text, p.alt)
	}
	before, err := p.read()
	if err != nil {
		return err
	}
	after, err := d.media(ctx, posts[i])
	if err != nil {
		return err
	}
	posted, _, err := image.DecodeConfig(bytes.NewReader(after))
	if err != nil {
		return fmt.Errorf("%s: %w", p.key, err)
	}
	if size := image.Pt(posted.Width, posted.Height); size != p.size {
		return fmt.Errorf("%s: its size is %v, not %v", p.key, size, p.size)
	}
	if bytes.Equal(before, after) {
		return fmt.Errorf("%s: it has no watermark", p.key)
	}
	return nil
}
