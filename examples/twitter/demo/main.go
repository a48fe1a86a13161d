// Command demo runs the function that posts pictures on X on this machine, without an account: pictures are put into a
// bucket, their events go through rule, queue and forwarder to a receiver that answers as Dispatch does, the function
// runs as Dispatch runs it, and posts the pictures, with a watermark, to a mock of X's API that checks every request.
// Each posted picture is written to a file. The command fails if anything is not as expected, so it is also the
// end-to-end test.
package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"image"
	_ "image/gif" // what is posted is decoded
	_ "image/jpeg"
	_ "image/png"
	"mime"
	"net/http"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/s3"

	"github.com/dispatchframework/dispatch-events-aws/examples/demo/pipeline"
)

const (
	twitterFolder = "examples/twitter/"
	pictureFolder = twitterFolder + "demo/pictures/"
	postedFolder  = "dist/twitter-demo/" // the posted pictures, for a person to look at the watermark
	watched       = "images/"
	eventsEach    = 2               // events per object: one from S3 and one from CloudTrail
	runTimeout    = 5 * time.Minute // of all runs
)

// demo is one run.
type demo struct {
	*pipeline.Pipeline
	x        string   // URL of the mock of X's API
	function string   // URL of the function
	runs     []string // the function's answers, as lines
	posts    []post
}

func main() { pipeline.Main("demo-twitter", new(demo).run) }

func (d *demo) run(ctx context.Context, p *pipeline.Pipeline) (err error) {
	d.Pipeline = p
	err = errors.Join(os.RemoveAll(postedFolder), os.MkdirAll(postedFolder, 0o755)) //nolint:gosec // for anybody to see
	if err != nil {
		return err
	}
	if err := p.Up(ctx, "--prefix="+watched, "--object-events=both"); err != nil {
		return err
	}
	if d.x, err = p.StartScript(ctx, "X_API_URL=", twitterFolder+"stand_in/x_stand_in.py"); err != nil {
		return err
	}
	p.Env = append(p.Env, "X_API_URL="+d.x)
	d.function, err = p.StartScript(ctx, "FUNCTION_URL=", twitterFolder+"stand_in/function_server.py")
	if err != nil {
		return err
	}
	p.Say("X is at %s; the pictures that are posted there are written to %s", d.x, postedFolder)
	if err := d.put(ctx); err != nil {
		return err
	}
	if err := d.check(ctx); err != nil {
		return err
	}
	p.Say("%d pictures were posted, each once, in %d runs; the one other object was refused", len(d.posts), len(d.runs))

	try := "to post your own picture: aws s3 cp PICTURE s3://" + d.Bucket + "/" + watched + " --metadata text=hello"
	if _, err = p.Finish(ctx, try, d.handle); err != nil {
		return err
	}
	p.Say("Everything is as expected. Pictures before: %s, after, with watermark: %s", pictureFolder, postedFolder)
	return nil
}

// put puts the pictures and the other objects, and runs the function for each event.
func (d *demo) put(ctx context.Context) error {
	for _, p := range slices.Concat(pictures, others) {
		d.Say("put    s3://%s/%s", d.Bucket, p.key)
		data, err := os.ReadFile(pictureFolder + p.file)
		if err != nil {
			return err
		}
		_, err = d.S3.PutObject(ctx, &s3.PutObjectInput{
			Bucket: &d.Bucket,
			Key:    &p.key,
			Body:   bytes.NewReader(data),
			Metadata: map[string]string{ // for the function; what is not ASCII is encoded as in mail (RFC 2047)
				"text": mime.BEncoding.Encode("utf-8", p.text),
				"alt":  mime.BEncoding.Encode("utf-8", p.alt),
			},
		})
		if err != nil {
			return fmt.Errorf("put %s: %w", p.key, err)
		}
	}
	wanted := eventsEach * (len(pictures) + 1) // one of the others has events, too
	return d.Receive(ctx, runTimeout, func() bool { return len(d.runs) == wanted }, d.handle)
}

// picture is an object that is put into the bucket.
type picture struct {
	file, key, text, alt string
	size                 image.Point // when displayed
}

const noPicture = watched + "no picture.png"

// pictures must be posted.
var pictures = []picture{
	{
		file: "sunset.png",
		key:  watched + "sunset over the sea.png",
		text: "The sun sets. Grüße vom Meer!",
		alt:  "A low sun over a dark sea",
		size: image.Pt(640, 512),
	},
	{
		file: "cutout.png",
		key:  watched + "cut+out 50%.png",
		text: "Cut out, and still see-through",
		size: image.Pt(480, 384),
	},
	{
		file: "phone.jpg", // stored rotated, as by a phone; its EXIF data say how to rotate it back
		key:  watched + "from a phone.jpg",
		text: "Held upright, stored lying",
		size: image.Pt(512, 640),
	},
	{
		file: "sunrise.gif",
		key:  watched + "sunrise.gif",
		text: "It moves",
		alt:  "The sun comes up",
		size: image.Pt(240, 180),
	},
}

// others must not be posted: one is outside the watched folder, and one is not a picture.
var others = []picture{
	{file: "sunset.png", key: "letters/sunset.png"},
	{file: "none.png", key: noPicture},
}

// check expects one post for each picture, none for the second event of each, and for the object that is not a picture
// errors that say so.
func (d *demo) check(ctx context.Context) error {
	if err := request(ctx, http.MethodGet, d.x+"/stand-in/posts", nil, &d.posts); err != nil {
		return err
	}
	if len(d.posts) != len(pictures) {
		return fmt.Errorf("there are %d posts, not %d", len(d.posts), len(pictures))
	}
	for _, p := range pictures {
		if err := checkPost(p, d.posts); err != nil {
			return err
		}
	}
	answers := strings.Join(d.runs, "\n")
	for answer, want := range map[string]int{
		"POSTED":  len(pictures),
		"SKIPPED": len(pictures),
		"FAILED   InputError: s3://" + d.Bucket + "/" + noPicture + " is not a picture": eventsEach,
	} {
		if n := strings.Count(answers, answer); n != want {
			return fmt.Errorf("%d runs were %s, not %d", n, answer, want)
		}
	}
	return nil
}

// checkPost expects a post with the picture's text, whose image has the size of the displayed picture and differs from
// it because of the watermark. Other tests check how the watermark looks.
func checkPost(p picture, posts []post) error {
	i := slices.IndexFunc(posts, func(made post) bool { return made.Text == p.text && made.Alt == p.alt })
	if i < 0 {
		return fmt.Errorf("%s: no post has the text %q and the alt text %q", p.key, p.text, p.alt)
	}
	before, err := os.ReadFile(pictureFolder + p.file)
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
