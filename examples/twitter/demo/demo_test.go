package main

import (
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"testing"

	"github.com/dispatchframework/dispatch-events-aws/forwarder/sink/sinktest"
)

// TestMain runs the tests where make runs the demo: at the top of the project.
func TestMain(m *testing.M) {
	if err := os.Chdir("../../.."); err != nil {
		panic(err)
	}
	os.Exit(m.Run())
}

// TestCheckFindsWhatIsWrong has posts that all show the same picture.
func TestCheckFindsWhatIsWrong(t *testing.T) {
	shown, err := os.ReadFile(pictureFolder + pictures[1].file)
	if err != nil {
		t.Fatal(err)
	}
	posts := []post{
		{Text: pictures[0].text, Alt: pictures[0].alt, Picture: shown},
		{Text: pictures[1].text, Picture: shown},
	}
	for want, p := range map[string]picture{
		"its size is (480,384), not (640,512)": pictures[0],
		"it has no watermark":                  pictures[1],
		"no post has the text":                 pictures[2],
	} {
		if err := checkPost(p, posts); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", want, err)
		}
	}
}

// TestCheckAsksForThePosts has a post that no run of the function has told of.
func TestCheckAsksForThePosts(t *testing.T) {
	x := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		_, _ = io.WriteString(w, `[{"ID":"1"},{"ID":"2"},{"ID":"3"},{"ID":"4"},{"ID":"5"}]`)
	}))
	defer x.Close()
	d := &demo{x: x.URL, posts: make([]post, len(pictures))}
	if err := d.check(t.Context()); err == nil || err.Error() != "there are 5 posts, not 4" {
		t.Error(err)
	}
}

// TestRunsOfTheFunction has a function that answers each event in another way.
func TestRunsOfTheFunction(t *testing.T) {
	function := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		switch {
		case !strings.Contains(string(body), `"appKey":`) || !strings.Contains(string(body), `"aws_access_key_id":`):
			t.Errorf("called with %s", body)
		case strings.Contains(string(body), "CloudTrail"):
			_, _ = io.WriteString(w, `{"skipped":"posted already"}`)
		case strings.Contains(string(body), "bad"):
			w.WriteHeader(http.StatusBadRequest)
			_, _ = io.WriteString(w, `{"type":"InputError","message":"no picture"}`)
		default:
			_, _ = io.WriteString(w, `{"posted":"https://x.com/1","picture":"s3://b/images/a"}`)
		}
	}))
	defer function.Close()
	d := &demo{function: function.URL}
	for data, want := range map[string]string{
		`{"n":1}`: "POSTED   s3://b/images/a is https://x.com/1 (S3's event)",
		`{"detail-type":"AWS API Call via CloudTrail"}`: "SKIPPED  posted already (CloudTrail's event)",
		`"bad"`: "FAILED   InputError: no picture",
	} {
		r, err := d.call(t.Context(), sinktest.Record{Data: []byte(data)})
		if err != nil || r.String() != want {
			t.Errorf("%s: %v %v", data, r, err)
		}
	}
}

// TestPicturesAreSaved has an object whose name would lead out of the folder.
func TestPicturesAreSaved(t *testing.T) {
	x := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		_, _ = io.WriteString(w, `[{"ID":"1","Picture":"Zmlyc3Q="},{"ID":"2","Picture":"c2Vjb25k"}]`)
	}))
	defer x.Close()
	t.Chdir(t.TempDir())
	if err := os.MkdirAll(postedFolder, 0o700); err != nil {
		t.Fatal(err)
	}
	d := &demo{x: x.URL}
	if err := d.save(t.Context(), run{Picture: "s3://b/images/../../a.png", Posted: "https://x.com/i/2"}); err != nil {
		t.Fatal(err)
	}
	if saved, err := os.ReadFile("dist/twitter-demo/a.png"); err != nil || string(saved) != "second" {
		t.Errorf("%q %v", saved, err)
	}
	if err := d.save(t.Context(), run{Posted: "https://x.com/i/3"}); err == nil || len(d.posts) != 2 {
		t.Errorf("a post that X does not have: %v, of %d", err, len(d.posts))
	}
}
