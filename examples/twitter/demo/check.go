package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"image"
	"image/draw"
	_ "image/gif" // what comes back is decoded
	_ "image/jpeg"
	_ "image/png"
	"io"
	"net/http"
	"os"
	"strings"
)

// post is a post on the stand-in for X.
type post struct{ ID, Text, Alt, Media string }

// upload puts the pictures, one beside the watched folder, and when all is done the first one's event once more.
func (d *demo) upload(ctx context.Context) error {
	all, err := uploads()
	if err != nil {
		return err
	}
	d.page.expect(all)
	beside := upload{key: "letters/sunset.png", data: all[0].data}
	for _, u := range append([]upload{beside}, all...) {
		d.say("put      s3://%s/%s", d.bucket(), u.key)
		if err := d.account.put(ctx, d.bucket(), u); err != nil {
			return err
		}
	}
	runs, err := d.dispatch.waitFor(ctx, d.eventsEach()*len(all))
	if err != nil {
		return errors.Join(err, d.forwarderLog())
	}
	d.say("the event of %s comes once more", runs[0].Key)
	if err := d.account.send(ctx, runs[0].Data); err != nil {
		return err
	}
	_, err = d.dispatch.waitFor(ctx, len(runs)+1)
	return err
}

func (d *demo) eventsEach() int {
	if d.ObjectEvents == "both" {
		return 2
	}
	return 1
}

func (d *demo) forwarderLog() error {
	text, err := os.ReadFile(d.folder + "/forwarder.log")
	return errors.Join(err, errors.New(string(text)))
}

// check looks at every run and every post.
func (d *demo) check(ctx context.Context) error {
	all, err := uploads()
	if err != nil {
		return err
	}
	posts, err := d.posts(ctx)
	if err != nil {
		return err
	}
	runs, _ := d.dispatch.finishedRuns()
	var errs []error
	wanted := 0
	for _, u := range all {
		errs = append(errs, d.checkRuns(u, runs))
		if u.seen != nil {
			wanted++
			errs = append(errs, d.checkPost(ctx, u, posts))
		}
	}
	if len(posts) != wanted {
		errs = append(errs, fmt.Errorf("%d posts were made, not %d", len(posts), wanted))
	}
	for _, r := range runs {
		if !strings.HasPrefix(r.Key, watched) {
			errs = append(errs, fmt.Errorf("an event of %s came, which is not watched", r.Key))
		}
	}
	if err := errors.Join(errs...); err != nil {
		return err
	}
	d.say("%d pictures posted once each by %d runs; what is no picture was refused; nothing came from beside the folder", wanted, len(runs))
	return d.page.check(ctx, wanted)
}

// checkRuns wants one post from a picture, and an error that says why from anything else.
func (d *demo) checkRuns(u upload, runs []finished) error {
	posted, failed := 0, 0
	for _, r := range runs {
		if r.Key != u.key {
			continue
		}
		if r.Posted != "" {
			posted++
		}
		if strings.HasPrefix(r.Failed, "InputError: s3://"+d.bucket()+"/"+u.key+" is no picture") {
			failed++
		} else if r.Failed != "" {
			return fmt.Errorf("%s: %s", u.key, r.Failed)
		}
	}
	if u.seen != nil && posted != 1 || u.seen == nil && failed != d.eventsEach() {
		return fmt.Errorf("%s was posted %d times and refused %d times", u.key, posted, failed)
	}
	return nil
}

// checkPost wants the picture as a person sees it, with the watermark where it belongs and unchanged everywhere else.
func (d *demo) checkPost(ctx context.Context, u upload, posts []post) error {
	for _, p := range posts {
		if p.Text != u.text {
			continue
		}
		if p.Alt != u.alt {
			return fmt.Errorf("%s has the alt text %q, not %q", u.key, p.Alt, u.alt)
		}
		data, err := d.media(ctx, p)
		if err != nil {
			return err
		}
		after, _, err := image.Decode(bytes.NewReader(data))
		if err != nil {
			return fmt.Errorf("%s: %w", u.key, err)
		}
		if err := compare(u, after); err != nil {
			return fmt.Errorf("%s: %w", u.key, err)
		}
		return nil
	}
	return fmt.Errorf("nothing says %q, as %s should", u.text, u.key)
}

// posts asks the stand-in for X what it has.
func (d *demo) posts(ctx context.Context) (posts []post, err error) {
	data, err := fetch(ctx, d.x.url+"/stand-in/posts")
	if err != nil {
		return nil, err
	}
	return posts, json.Unmarshal(data, &posts)
}

func (d *demo) media(ctx context.Context, p post) ([]byte, error) {
	return fetch(ctx, d.x.url+"/stand-in/media/"+p.Media)
}

func fetch(ctx context.Context, url string) ([]byte, error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return nil, fmt.Errorf("get %s: %w", url, err)
	}
	answer, err := http.DefaultClient.Do(request)
	if err != nil {
		return nil, fmt.Errorf("get %s: %w", url, err)
	}
	defer func() { _ = answer.Body.Close() }()
	if answer.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("get %s: %s", url, answer.Status)
	}
	return io.ReadAll(answer.Body)
}

// compare goes over every pixel. A format that loses something may lose much at an edge, but little as a rule; and JPEG
// spreads what is next to the watermark over its blocks, so there a margin is left out.
func compare(u upload, after image.Image) error {
	if after.Bounds().Size() != u.seen.Bounds().Size() {
		return fmt.Errorf("it is %v, not %v", after.Bounds().Size(), u.seen.Bounds().Size())
	}
	box := markBox(after.Bounds().Size())
	margin := box
	if !u.exact {
		margin = box.Inset(-16)
	}
	outside, mean, inside := differences(u.seen, after, margin, box)
	if outside > u.tolerance || mean > 2 {
		return fmt.Errorf("outside the watermark a pixel differs by %d, and all of them by %.1f", outside, mean)
	}
	if inside < 60 {
		return fmt.Errorf("there is no watermark: inside it no pixel differs by more than %d", inside)
	}
	if !u.exact {
		return nil
	}
	expected, err := stamp(u.seen, box)
	if err != nil {
		return err
	}
	if _, _, inside = differences(expected, after, box, box); inside > u.tolerance {
		return fmt.Errorf("the watermark differs by %d from what it has to be", inside)
	}
	return nil
}

// markBox is where the watermark belongs: a quarter of the shorter side, in the lower right corner, a little away from
// it.
func markBox(size image.Point) image.Rectangle {
	side, gap := min(size.X, size.Y)/4, min(size.X, size.Y)/32
	return image.Rect(size.X-gap-side, size.Y-gap-side, size.X-gap, size.Y-gap)
}

// stamp is what the watermark makes of a picture.
func stamp(before image.Image, box image.Rectangle) (image.Image, error) {
	data, err := os.ReadFile(twitterFolder + "/watermark.png")
	if err != nil {
		return nil, fmt.Errorf("read the watermark: %w", err)
	}
	mark, _, err := image.Decode(bytes.NewReader(data))
	if err != nil {
		return nil, fmt.Errorf("read the watermark: %w", err)
	}
	out := image.NewRGBA64(before.Bounds())
	draw.Draw(out, out.Rect, before, image.Point{}, draw.Src)
	draw.Draw(out, box, mark, image.Point{}, draw.Over)
	return out, nil
}

// differences are the largest, of any colour of any pixel, outside one box and inside another, and the mean outside.
func differences(one, two image.Image, outsideOf, insideOf image.Rectangle) (outside int, mean float64, inside int) {
	sum, count := 0, 0
	for y := range one.Bounds().Dy() {
		for x := range one.Bounds().Dx() {
			p := image.Pt(x, y)
			r1, g1, b1, a1 := one.At(x, y).RGBA()
			r2, g2, b2, a2 := two.At(x, y).RGBA()
			apart := max(distance(r1, r2), distance(g1, g2), distance(b1, b2), distance(a1, a2))
			if !p.In(outsideOf) {
				outside, sum, count = max(outside, apart), sum+apart, count+1
			}
			if p.In(insideOf) {
				inside = max(inside, apart)
			}
		}
	}
	return outside, float64(sum) / float64(max(count, 1)), inside
}

func distance(a, b uint32) int { return max(int(a>>8)-int(b>>8), int(b>>8)-int(a>>8)) }
