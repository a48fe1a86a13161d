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
	"sync"
)

//go:embed page.html
var source string

var pageTemplate = template.Must(template.New("page").Parse(source))

// page shows each picture before and after. It is one file, pictures included, so that it can be kept.
type page struct {
	url    string
	server *http.Server
	demo   *demo

	mu     sync.Mutex
	before map[string][]byte // key → what was uploaded
	after  map[string][]byte // media → what was posted
	kept   []byte            // the page as it was last
}

// card is one object on the page.
type card struct {
	Key, Text, Alt, Post string
	Before, After        template.URL
	Runs                 []finished
}

func startPage(ctx context.Context, d *demo) (*page, error) {
	p := &page{demo: d, before: map[string][]byte{}, after: map[string][]byte{}}
	var err error
	p.server, p.url, err = serveOn(ctx, http.HandlerFunc(p.show))
	return p, err
}

// expect spares looking up what is known.
func (p *page) expect(all []upload) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, u := range all {
		p.before[u.key] = u.data
	}
}

func (p *page) show(w http.ResponseWriter, r *http.Request) {
	html, err := p.render(r.Context(), true)
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	_, _ = w.Write(html)
}

func (p *page) render(ctx context.Context, live bool) ([]byte, error) {
	cards, err := p.cards(ctx)
	if err != nil {
		return nil, err
	}
	var b bytes.Buffer
	if err := pageTemplate.Execute(&b, map[string]any{"Cards": cards, "Live": live}); err != nil {
		return nil, fmt.Errorf("write the page: %w", err)
	}
	return b.Bytes(), nil
}

// cards are in the order in which the objects' first runs finished.
func (p *page) cards(ctx context.Context) ([]*card, error) {
	posts, err := p.demo.posts(ctx)
	if err != nil {
		return nil, err
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	var cards []*card
	byKey := map[string]*card{}
	runs, _ := p.demo.dispatch.finishedRuns()
	for _, r := range runs {
		c := byKey[r.Key]
		if c == nil {
			c = &card{Key: r.Key, Before: picture(p.beforeOf(ctx, r.Key))}
			byKey[r.Key], cards = c, append(cards, c)
		}
		c.Runs = append(c.Runs, r)
		for _, made := range posts {
			if r.Posted != "" && strings.HasSuffix(r.Posted, "/"+made.ID) {
				c.Text, c.Alt, c.Post = made.Text, made.Alt, r.Posted
				c.After = picture(p.afterOf(ctx, made))
			}
		}
	}
	return cards, nil
}

func (p *page) beforeOf(ctx context.Context, key string) []byte {
	if p.before[key] == nil {
		p.before[key], _ = p.demo.account.get(ctx, p.demo.bucket(), key) // the run says what is wrong with it
	}
	return p.before[key]
}

func (p *page) afterOf(ctx context.Context, made post) []byte {
	if p.after[made.Media] == nil {
		p.after[made.Media], _ = p.demo.media(ctx, made) // the check says so
	}
	return p.after[made.Media]
}

// picture is a picture within the page; nothing for what a browser would not show.
func picture(data []byte) template.URL {
	kind := http.DetectContentType(data)
	if !strings.HasPrefix(kind, "image/") {
		return ""
	}
	return template.URL("data:" + kind + ";base64," + base64.StdEncoding.EncodeToString(data)) //nolint:gosec // it is a picture
}

// check reads the page as a browser does, and keeps it.
func (p *page) check(ctx context.Context, pictures int) error {
	html, err := fetch(ctx, p.url)
	if err != nil {
		return err
	}
	if shown := strings.Count(string(html), `class="after" src="data:image/`); shown != pictures {
		return fmt.Errorf("the page shows %d pictures with a watermark, not %d", shown, pictures)
	}
	p.kept, err = p.render(ctx, false)
	return err
}

// save writes the page to a file, once there is one to write.
func (p *page) save(path string) error {
	if p.kept == nil {
		return nil
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil { //nolint:gosec // for anybody to look at
		return fmt.Errorf("keep the page: %w", err)
	}
	if err := os.WriteFile(path, p.kept, 0o644); err != nil { //nolint:gosec // for anybody to look at
		return fmt.Errorf("keep the page: %w", err)
	}
	return nil
}
