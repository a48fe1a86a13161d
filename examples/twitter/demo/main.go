// Command demo runs the function that posts pictures on X on this machine, without an account: pictures are put into a
// bucket, their events go through rule, queue and forwarder to a receiver that answers as Dispatch does, the function
// runs as Dispatch runs it, and posts the pictures, with a watermark, to a mock of X's API that checks every request.
// Each posted picture is written to a file. The command fails if anything is not as expected, so it is also the
// end-to-end test.
package main

import (
	"bytes"
	"context"
	"fmt"
	"mime"
	"os"
	"slices"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/s3"

	"github.com/dispatchframework/dispatch-events-aws/examples/demo/pipeline"
)

const (
	twitterFolder = "examples/twitter/"
	postedFolder  = "dist/twitter-demo/" // the posted pictures, for a person to look at the watermark
	watched       = "images/"
	eventsEach    = 2               // events per object: one from S3 and one from CloudTrail
	runTimeout    = 5 * time.Minute // of all runs
)

// demo is one run.
type demo struct {
	*pipeline.Pipeline
	bucket   string
	x        string   // URL of the mock of X's API
	function string   // URL of the function
	runs     []string // the function's answers, as lines
	posts    []post
}

func main() { pipeline.Main("demo-twitter", new(demo).run) }

func (d *demo) run(ctx context.Context, p *pipeline.Pipeline) (err error) {
	d.Pipeline, d.bucket = p, p.Name+"-pictures"
	if err := os.RemoveAll(postedFolder); err != nil { // pictures of an earlier demo
		return err
	}
	if err := p.Up(ctx, "--bucket="+d.bucket, "--prefix="+watched, "--object-events=both"); err != nil {
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
	if err := d.check(); err != nil {
		return err
	}
	p.Say("%d pictures were posted, each once, in %d runs; the one other object was refused", len(d.posts), len(d.runs))

	try := "to post your own picture: aws s3 cp PICTURE s3://" + d.bucket + "/" + watched + " --metadata text=hello"
	if _, err = p.Finish(ctx, try, d.handle); err != nil {
		return err
	}
	p.Say("Everything is as expected. Pictures before: %sdemo/pictures/, after, with watermark: %s",
		twitterFolder, postedFolder)
	return nil
}

// put puts the pictures and the other objects, and runs the function for each event.
func (d *demo) put(ctx context.Context) error {
	for _, p := range slices.Concat(pictures, others) {
		d.Say("put    s3://%s/%s", d.bucket, p.key)
		data, err := p.read()
		if err != nil {
			return err
		}
		_, err = d.S3.PutObject(ctx, &s3.PutObjectInput{
			Bucket: &d.bucket,
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
	waiting, cancel := context.WithTimeout(ctx, runTimeout)
	defer cancel()
	wanted := eventsEach * (len(pictures) + 1) // one of the others has events, too
	if err := d.Receive(waiting, func() bool { return len(d.runs) == wanted }, d.handle); err != nil {
		return fmt.Errorf("after %d of %d runs of the function: %w", len(d.runs), wanted, err)
	}
	return nil
}
