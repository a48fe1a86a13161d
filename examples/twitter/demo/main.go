// Command demo shows the picture that tweets itself on this machine, without an account: pictures are put into a
// bucket, their events go through rule, queue and forwarder to a receiver that answers as Dispatch does, the function
// runs as Dispatch runs it, and posts the pictures, with a watermark, on a stand-in for X that checks every request. A
// page shows each picture before and after. It fails when anything is not as it should be, so it is the end-to-end test
// as well.
package main

import (
	"context"
	"flag"
	"fmt"
	"net"
	"net/http"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/dispatchframework/dispatch-events-aws/examples/demo/pipeline"
	"github.com/dispatchframework/dispatch-events-aws/forwarder/child"
)

const summary = `demo shows the picture that tweets itself on this machine, without an account: S3, EventBridge, SQS,
the forwarder, the function, and a stand-in for X. It needs Go, Terraform and a Python with moto,
Pillow and requests-oauthlib, which "make demo-twitter" sets up.`

const (
	twitterFolder = "examples/twitter"
	watched       = "images/"
	startTimeout  = time.Minute
)

// demo is one run.
type demo struct {
	objectEvents string
	pageFile     string
	*pipeline.Pipeline
	x        string // URL of the stand-in for X
	function *function
	uploads  []upload
	page     string // URL
}

func main() { program().Main() }

func program() *pipeline.Program {
	d := &demo{}
	flags := flag.NewFlagSet("demo-twitter", flag.ContinueOnError)
	flags.StringVar(&d.objectEvents, "object-events", "both",
		"how S3's events come: notification, trail or both; with both each picture has two events, and one post all the same")
	flags.StringVar(&d.pageFile, "page", "dist/twitter-demo.html", "file that the page is kept in")
	return &pipeline.Program{Summary: summary, Flags: flags, Run: d.run}
}

func (d *demo) run(ctx context.Context, p *pipeline.Pipeline) error {
	d.Pipeline = p
	if !slices.Contains([]string{"notification", "trail", "both"}, d.objectEvents) {
		return fmt.Errorf("object-events is %q: use notification, trail or both", d.objectEvents)
	}
	start := func(ctx context.Context) error { return p.Start(ctx, time.Minute, d.startX) }
	return pipeline.InOrder(ctx, start, d.startFunction, d.serve, d.up, d.put, d.check, d.keep, d.end)
}

func (d *demo) startX(ctx context.Context) (err error) {
	d.x, err = d.startScript(ctx, "X_API_URL=", "x_stand_in.py")
	return err
}

func (d *demo) startFunction(ctx context.Context) error {
	url, err := d.startScript(ctx, "FUNCTION_URL=", "function_server.py", append(d.AWSEnv(), "X_API_URL="+d.x)...)
	if err != nil {
		return err
	}
	secrets, err := readSecrets(twitterFolder+"/secrets/twitter.json", twitterFolder+"/secrets/aws.json")
	d.function = &function{url: url, secrets: secrets, print: d.Print, changed: make(chan struct{})}
	return err
}

// startScript starts one of this example's Python programs and returns the address that it prints. It gets nothing of
// the AWS settings of this shell.
func (d *demo) startScript(ctx context.Context, prefix, name string, env ...string) (string, error) {
	own := slices.DeleteFunc(os.Environ(), func(v string) bool { return strings.HasPrefix(v, "AWS_") })
	script, err := d.Run(child.Options{Name: name, Env: append(own, env...), Stdin: true},
		"python3", twitterFolder+"/stand_in/"+name, "--until-stdin-closes")
	if err != nil {
		return "", err
	}
	ctx, cancel := context.WithTimeout(ctx, startTimeout)
	defer cancel()
	return script.WaitForLine(ctx, prefix) //nolint:wrapcheck // it names the script
}

// serve serves the page.
func (d *demo) serve(ctx context.Context) error {
	listener, err := new(net.ListenConfig).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return fmt.Errorf("listen: %w", err)
	}
	server := &http.Server{Handler: http.HandlerFunc(d.showPage), ReadHeaderTimeout: 10 * time.Second}
	context.AfterFunc(ctx, func() { _ = server.Close() })
	go func() { _ = server.Serve(listener) }() // until it is closed
	d.page = "http://" + listener.Addr().String()
	d.Print("X is at %s; watch the page: %s", d.x, d.page)
	return nil
}

func (d *demo) bucket() string { return d.Name + "-pictures" }

func (d *demo) up(ctx context.Context) error {
	d.Heading("stack up: a bucket")
	return d.Up(ctx, pipeline.StackOptions{
		Arguments:  []string{"--bucket", d.bucket(), "--prefix", watched, "--object-events", d.objectEvents},
		Receiver:   []string{"--subscriptions=aws.s3"},
		OnDelivery: func(e pipeline.Delivery) { d.function.start(ctx, e) },
	})
}

// put puts the pictures, and one beside the watched folder. When all are done the first one's event comes once more.
func (d *demo) put(ctx context.Context) (err error) {
	d.Heading("Pictures")
	if d.uploads, err = uploads(); err != nil {
		return err
	}
	beside := upload{key: "letters/sunset.png", data: d.uploads[0].data}
	for _, u := range append([]upload{beside}, d.uploads...) {
		d.Print("put    s3://%s/%s", d.bucket(), u.key)
		if err := d.AWS.PutObject(ctx, d.bucket(), u.key, u.data, u.metadata()); err != nil {
			return err
		}
	}
	runs, err := d.waitForRuns(ctx, d.eventsEach()*len(d.uploads))
	if err != nil {
		return err
	}
	d.Print("the event of %s comes once more", runs[0].Key)
	if err := d.AWS.SendMessage(ctx, d.Name, runs[0].Event.Data); err != nil {
		return err
	}
	_, err = d.waitForRuns(ctx, len(runs)+1)
	return err
}

// eventsEach is how many events each object has.
func (d *demo) eventsEach() int {
	if d.objectEvents == "both" {
		return 2
	}
	return 1
}

func (d *demo) keep(ctx context.Context) error {
	if d.Keep {
		d.Print("to post a picture of yours: aws s3 cp PICTURE s3://%s/%s --metadata text=hello", d.bucket(), watched)
	}
	return d.WaitForInterrupt(ctx, d.page)
}

func (d *demo) end(context.Context) error {
	if err := d.StopForwarder(); err != nil {
		return err
	}
	d.Print("All is as it should be. The page is kept in %s", d.pageFile)
	return nil
}
