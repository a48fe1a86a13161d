package main

import (
	"bytes"
	"context"
	"fmt"
	"iter"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/chromedp" // drives the real browser, in Go and without Node; for tests alone
)

// browser is a headless Chromium with one page.
type browser struct {
	t   *testing.T
	ctx context.Context //nolint:containedctx // chromedp keeps the browser in it

	listening  sync.WaitGroup
	mu         sync.Mutex
	complaints []string // what the page's console has of errors
}

const patience = 30 * time.Second // with a browser that shares its machine

// newBrowser starts Chromium, or skips the test where there is none.
func newBrowser(t *testing.T) *browser {
	t.Helper()
	if testing.Short() {
		t.Skip("a browser is left out of short runs")
	}
	path := ""
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome"} {
		if found, err := exec.LookPath(name); err == nil {
			path = found
			break
		}
	}
	if path == "" {
		t.Skip("no Chromium on the PATH (Debian's package is chromium): the page is not tested")
	}
	// The browser writes into it to its end, which t.TempDir would take for a failure.
	profile, err := os.MkdirTemp("", "receiver-page-") //nolint:usetesting // see above
	if err != nil {
		t.Fatal(err)
	}
	options := slices.Concat(chromedp.DefaultExecAllocatorOptions[:], []chromedp.ExecAllocatorOption{
		chromedp.ExecPath(path), chromedp.UserDataDir(profile), chromedp.WSURLReadTimeout(2 * patience),
		chromedp.WindowSize(1200, 900), chromedp.CombinedOutput(new(bytes.Buffer)),
	})
	if os.Geteuid() == 0 {
		options = append(options, chromedp.NoSandbox) // Chromium's sandbox does not run as root
	}
	process, end := chromedp.NewExecAllocator(context.WithoutCancel(t.Context()), options...)
	b := &browser{t: t}
	var closed context.CancelFunc
	b.ctx, closed = chromedp.NewContext(process)
	t.Cleanup(func() {
		_ = chromedp.Cancel(b.ctx) // asks the browser to close, and waits for it
		closed()
		end()
		b.listening.Wait()
		b.gone(profile)
	})
	messages := chromedp.Console(b.ctx) // starts the browser
	b.listening.Go(func() { b.listen(messages) })
	b.do(chromedp.Navigate("about:blank"))
	return b
}

// gone waits until no process of the browser is left, and removes its profile.
func (b *browser) gone(profile string) {
	for deadline := time.Now().Add(patience); ; time.Sleep(20 * time.Millisecond) {
		left := 0
		processes, _ := filepath.Glob("/proc/[0-9]*/cmdline")
		for _, p := range processes {
			if line, err := os.ReadFile(p); err == nil && bytes.Contains(line, []byte(profile)) {
				left++
			}
		}
		if left == 0 {
			break
		}
		if time.Now().After(deadline) {
			b.t.Errorf("%d processes of the browser are left", left)
			break
		}
	}
	if err := os.RemoveAll(profile); err != nil {
		b.t.Error(err)
	}
}

// listen keeps what the console has of errors, until the browser ends.
func (b *browser) listen(messages iter.Seq2[chromedp.ConsoleMessage, error]) {
	for m, err := range messages {
		if err != nil {
			return
		}
		if m.IsException() || m.Type == "error" || m.Type == "warning" {
			b.mu.Lock()
			b.complaints = append(b.complaints, m.String())
			b.mu.Unlock()
		}
	}
}

// quiet fails the test for what the console has of errors, and forgets it.
func (b *browser) quiet(but func(string) bool) {
	b.t.Helper()
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, c := range b.complaints {
		if but == nil || !but(c) {
			b.t.Errorf("the console says %s", c)
		}
	}
	b.complaints = nil
}

func (b *browser) do(actions ...chromedp.Action[chromedp.Void]) {
	b.t.Helper()
	ctx, cancel := context.WithTimeout(b.ctx, patience)
	defer cancel()
	if err := chromedp.Do(ctx, actions...); err != nil {
		b.t.Fatal(err)
	}
}

func click(element string) chromedp.Action[chromedp.Void] {
	return chromedp.Click(chromedp.CSS(element))
}

func focus(element string) chromedp.Action[chromedp.Void] {
	return chromedp.Focus(chromedp.CSS(element))
}

// set gives a field a value; the page hears of it.
func set(element, value string) chromedp.Action[chromedp.Void] {
	return chromedp.Evaluate[chromedp.Void](fmt.Sprintf(
		"{ const e = document.querySelector(%q); e.value = %q; e.dispatchEvent(new Event('change')) }", element, value))
}

// until waits for an expression to be true.
func (b *browser) until(expression string) {
	b.t.Helper()
	ctx, cancel := context.WithTimeout(b.ctx, patience)
	defer cancel()
	var last error // a page that is just being loaded has no context to ask in
	for ctx.Err() == nil {
		var is bool
		if is, last = chromedp.Run(ctx, chromedp.Evaluate[bool]("Boolean("+expression+")")); is {
			return
		}
		select {
		case <-time.After(20 * time.Millisecond):
		case <-ctx.Done():
		}
	}
	shown, _ := chromedp.Run(b.ctx, chromedp.Evaluate[string]("document.body.innerText"))
	b.t.Fatalf("never true: %s (%v); the page shows\n%s", expression, last, shown)
}
