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

// writePage writes the page as one file that contains the pictures, so that it can be kept. A live page reloads itself.
func (d *demo) writePage(isLive bool) error {
	var b bytes.Buffer
	err := pageTemplate.Execute(&b, map[string]any{"Runs": d.runs, "Live": isLive})
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

// addPictures adds to a run that has posted a picture what the page shows: the object, and the post.
func (d *demo) addPictures(ctx context.Context, r *run) error {
	posts, err := d.posts(ctx)
	if err != nil {
		return err
	}
	i := slices.IndexFunc(posts, func(p post) bool { return strings.HasSuffix(r.Posted, "/"+p.ID) })
	if i < 0 {
		return fmt.Errorf("the mock of X does not have %s", r.Posted)
	}
	object, err := d.S3.GetObject(ctx, &s3.GetObjectInput{Bucket: &d.bucket, Key: &r.Key})
	if err != nil {
		return fmt.Errorf("read %s: %w", r.Key, err)
	}
	defer func() { _ = object.Body.Close() }()
	before, err := io.ReadAll(object.Body)
	r.post, r.Before, r.After = posts[i], dataURL(before), dataURL(posts[i].Picture)
	return err
}

// dataURL returns a picture as a URL for the page.
func dataURL(picture []byte) template.URL {
	data := base64.StdEncoding.EncodeToString(picture)
	return template.URL("data:" + http.DetectContentType(picture) + ";base64," + data) //nolint:gosec // it is a picture
}
