package main

import (
	"bytes"
	"context"
	_ "embed" // the page
	"encoding/base64"
	"fmt"
	"html/template"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/service/s3"
)

//go:embed page.html
var source string

var pageTemplate = template.Must(template.New("page").Parse(source))

// card is one object on the page, with its runs and its post.
type card struct {
	post
	Key           string
	Before, After template.URL
	Runs          []run
}

// writePage writes the page as one file that contains the pictures, so that it can be kept. A live page reloads itself.
func (d *demo) writePage(ctx context.Context, isLive bool) error {
	posts, err := d.posts(ctx)
	if err != nil {
		return err
	}
	var cards []*card
	for _, r := range d.runs {
		i := slices.IndexFunc(cards, func(c *card) bool { return c.Key == r.Key })
		if i < 0 {
			i = len(cards)
			cards = append(cards, &card{Key: r.Key, Before: dataURL(d.object(ctx, r.Key))})
		}
		cards[i].Runs = append(cards[i].Runs, r)
		for _, made := range posts {
			if strings.HasSuffix(r.Posted, "/"+made.ID) {
				cards[i].post, cards[i].After = made, dataURL(made.Picture)
			}
		}
	}
	var b bytes.Buffer
	err = pageTemplate.Execute(&b, map[string]any{"Cards": cards, "Live": isLive})
	if err == nil {
		err = os.MkdirAll(filepath.Dir(d.page), 0o755) //nolint:gosec // for anybody to look at
	}
	if err == nil {
		err = os.WriteFile(d.page, b.Bytes(), 0o644) //nolint:gosec // for anybody to look at
	}
	if err != nil {
		return fmt.Errorf("write the page: %w", err)
	}
	return nil
}

// object returns an object of the bucket, or nil if it cannot be read: the page then shows no picture.
func (d *demo) object(ctx context.Context, key string) []byte {
	object, err := d.S3.GetObject(ctx, &s3.GetObjectInput{Bucket: &d.bucket, Key: &key})
	if err != nil {
		return nil
	}
	defer func() { _ = object.Body.Close() }()
	data, _ := io.ReadAll(object.Body)
	return data
}

// dataURL returns a picture as a URL for the page, empty if it is not a picture that a browser shows.
func dataURL(picture []byte) template.URL {
	kind := http.DetectContentType(picture)
	if !strings.HasPrefix(kind, "image/") {
		return ""
	}
	data := base64.StdEncoding.EncodeToString(picture)
	return template.URL("data:" + kind + ";base64," + data) //nolint:gosec // it is a picture
}
