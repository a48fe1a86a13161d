package main

import (
	"bytes"
	"context"
	_ "embed" // the page
	"encoding/base64"
	"fmt"
	"html/template"
	"net/http"
	"os"
	"path/filepath"
	"strings"
)

//go:embed page.html
var source string

var pageTemplate = template.Must(template.New("page").Parse(source))

// card is one object on the page, and what became of it.
type card struct {
	Key, Text, Alt string
	Before, After  template.URL
	Runs           []run
}

func (d *demo) showPage(w http.ResponseWriter, r *http.Request) {
	html, err := d.renderPage(r.Context(), true)
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	_, _ = w.Write(html)
}

// renderPage writes the page as one file that holds the pictures, so that it can be kept. A live page reloads itself.
func (d *demo) renderPage(ctx context.Context, isLive bool) ([]byte, error) {
	posts, err := d.posts(ctx)
	if err != nil {
		return nil, err
	}
	var cards []*card
	byKey := map[string]*card{}
	runs, _ := d.function.finished()
	for _, r := range runs {
		c := byKey[r.Key]
		if c == nil {
			before, _ := d.AWS.Object(ctx, d.bucket(), r.Key) // an object that cannot be read has no picture here
			c = &card{Key: r.Key, Before: dataURL(before)}
			byKey[r.Key], cards = c, append(cards, c)
		}
		c.Runs = append(c.Runs, r)
		for _, made := range posts {
			if r.Posted != "" && strings.HasSuffix(r.Posted, "/"+made.ID) {
				after, _ := d.media(ctx, made) // checkPost reports it
				c.Text, c.Alt, c.After = made.Text, made.Alt, dataURL(after)
			}
		}
	}
	var b bytes.Buffer
	if err := pageTemplate.Execute(&b, map[string]any{"Cards": cards, "Live": isLive}); err != nil {
		return nil, fmt.Errorf("write the page: %w", err)
	}
	return b.Bytes(), nil
}

// dataURL is a picture within the page; empty for what a browser would not show.
func dataURL(picture []byte) template.URL {
	kind := http.DetectContentType(picture)
	if !strings.HasPrefix(kind, "image/") {
		return ""
	}
	data := base64.StdEncoding.EncodeToString(picture)
	return template.URL("data:" + kind + ";base64," + data) //nolint:gosec // it is a picture
}

// keepPage checks what a browser would get, and writes the page to a file.
func (d *demo) keepPage(ctx context.Context, pictures int) error {
	html, err := fetch(ctx, d.page)
	if err != nil {
		return err
	}
	if shown := strings.Count(string(html), `class="after" src="data:image/`); shown != pictures {
		return fmt.Errorf("the page shows %d pictures with a watermark, not %d", shown, pictures)
	}
	if html, err = d.renderPage(ctx, false); err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Dir(d.pageFile), 0o755); err != nil { //nolint:gosec // for anybody to look at
		return fmt.Errorf("keep the page: %w", err)
	}
	if err := os.WriteFile(d.pageFile, html, 0o644); err != nil { //nolint:gosec // for anybody to look at
		return fmt.Errorf("keep the page: %w", err)
	}
	return nil
}
