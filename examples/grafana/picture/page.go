package main

import (
	"bytes"
	"context"
	_ "embed" // the page
	"encoding/json"
	"fmt"
	"html/template"
	"os"
	"os/exec"
	"path/filepath"
)

//go:embed page.html
var source string

var pageTemplate = template.Must(template.New("page").Parse(source))

// The picture's size in pixels: the dashboard's 24 columns, and as many rows as it has.
const (
	width  = 1480
	row    = 34
	header = 96
)

// dashboard is as much of Grafana's model as the queries take; the page has the whole.
type dashboard struct {
	Panels []struct {
		ID      int
		Title   string
		GridPos struct{ X, Y, W, H int }
		Targets []struct {
			Expr    string
			Instant bool
		}
	}
	text []byte
}

func readDashboard(file string) (*dashboard, error) {
	text, err := os.ReadFile(file)
	if err != nil {
		return nil, fmt.Errorf("read the dashboard: %w", err)
	}
	d := &dashboard{text: text}
	if err := json.Unmarshal(text, d); err != nil {
		return nil, fmt.Errorf("read the dashboard: %w", err)
	}
	return d, nil
}

func (d *dashboard) height() int {
	rows := 0
	for _, p := range d.Panels {
		rows = max(rows, p.GridPos.Y+p.GridPos.H)
	}
	return header + rows*row
}

func writePage(file string, d *dashboard, a *answers) error {
	text, err := json.Marshal(a)
	if err != nil {
		return fmt.Errorf("write the answers: %w", err)
	}
	var page bytes.Buffer
	err = pageTemplate.Execute(&page, map[string]any{
		"Dashboard": template.JS(d.text), "Answers": template.JS(text), //nolint:gosec // JSON of our own making
		"Width": width, "Row": row, "Header": header,
	})
	if err != nil {
		return fmt.Errorf("write the page: %w", err)
	}
	return os.WriteFile(file, page.Bytes(), 0o600)
}

// photograph has chromium draw the page. Its profile goes away with the folder.
func photograph(ctx context.Context, page, out, dir string, height int) error {
	picture := filepath.Join(dir, "picture.png")
	command := exec.CommandContext(ctx, "chromium", "--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars",
		"--user-data-dir="+filepath.Join(dir, "profile"), fmt.Sprintf("--window-size=%d,%d", width, height), "--screenshot="+picture, "file://"+page)
	said, err := command.CombinedOutput()
	if err != nil {
		return fmt.Errorf("photograph the page: %w\n%s", err, said)
	}
	drawn, err := os.ReadFile(picture)
	if err != nil {
		return fmt.Errorf("photograph the page: %w\n%s", err, said)
	}
	return writePicture(out, drawn)
}
