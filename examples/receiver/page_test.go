package main

import (
	"bytes"
	"context"
	"flag"
	"fmt"
	"image"
	"image/color"
	"image/draw"
	"image/png"
	"maps"
	"net/http"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
)

const hostile = `<script>window.taken=1</script><img src=x onerror=window.taken=2>`

// TestPageInABrowser is a person at the page, from the first event to a receiver that was started again.
func TestPageInABrowser(t *testing.T) {
	b := newBrowser(t)
	url, lines := started(t, "--token", "T")
	unread(lines)
	b.do(chromedp.Navigate(url))
	b.until(`document.getElementById("live").textContent === "live" && document.getElementById("kind").options.length > 5`)
	b.until(`document.getElementById("where").textContent === "solo · POST ` + url + `/v1/event/ingest?authToken=…"`)
	b.do(chromedp.Evaluate[chromedp.Void]("window.loaded = 1"))

	t.Run("events appear", func(t *testing.T) { b.in(t).shows(url) })
	t.Run("refusals appear", func(t *testing.T) {
		b := b.in(t)
		send(t, url, "other")
		b.until(`document.querySelector("li.rejected")?.textContent.includes("token not recogn")`)
		b.until(`document.getElementById("rejected").textContent === "1"`)
	})
	t.Run("filter", func(t *testing.T) { b.in(t).sifts() })
	t.Run("failures", func(t *testing.T) { b.in(t).fails(url) })
	t.Run("keyboard", func(t *testing.T) { b.in(t).typed(url) })
	t.Run("narrow", func(t *testing.T) { b.in(t).narrow() })
	b.until("window.loaded === 1") // nothing reloaded it
	// The browser's own complaint, of what was mistyped.
	b.quiet(func(complaint string) bool { return strings.Contains(complaint, "400 (Bad Request)") })
}

// in is the same browser for a subtest.
func (b *browser) in(t *testing.T) *browser {
	return &browser{t: t, ctx: b.ctx}
}

func (b *browser) shows(url string) {
	body := change(event, "images/a b.png", strings.ReplaceAll(hostile, `"`, `\"`))
	ask(b.t, http.MethodPost, url+ingest, body, "Content-Type", asJSON, "Cookie", "unset")
	b.until(`document.querySelector("li.event .subject")?.textContent === ` + "`" + hostile + "`")
	b.until(`document.getElementById("events").textContent === "1"`)
	b.do(click("li.event summary"))
	b.until(`document.querySelector("li.event pre").textContent.includes('\n  "n": 9007199254740993,')`)
	b.until(`window.taken === undefined && !document.querySelector("#list img, #list script")`)
	ask(b.t, http.MethodPost, url+ingest, body, "Content-Type", asJSON, "Cookie", "unset")
	b.until(`document.querySelector("li.copy .id")?.textContent.includes("copy 1")`)
}

func (b *browser) sifts() {
	visible := `[...document.querySelectorAll("#list > li")].filter((li) => !li.hidden).length`
	b.do(click(`#only button[value="rejected"]`))
	b.until(visible + " === 1")
	b.do(click(`#only button[value="event"]`))
	b.until(visible + " === 2")
	b.do(click(`#only button[value=""]`))
	b.do(focus("#filter"))
	b.do(chromedp.KeyEvent("TOKEN"))
	b.until(visible + " === 1")
	b.do(focus("#filter"), chromedp.KeyEvent(kb.Escape))
	b.until(visible + " === 3")
}

func (b *browser) fails(url string) {
	b.do(set("#long", "heal"), set("input[name=status]", "418"), set("#retry", "7"))
	b.do(click("button.primary"))
	b.until(`!document.getElementById("failing").hidden`)
	b.until(`document.getElementById("how").textContent.includes("418, Retry-After 7: until healed")`)
	if status, _ := send(b.t, url, "T"); status != 418 {
		b.t.Errorf("answered %d", status)
	}
	b.until(`document.querySelector("li.rejected .type").textContent === "418"`)
	b.do(click("#failing .heal"))
	b.until(`document.getElementById("failing").hidden`)
	if status, _ := send(b.t, url, "T"); status != 200 {
		b.t.Errorf("answered %d", status)
	}
	b.do(set("#retry", "x"), click("button.primary"))
	b.until(`document.getElementById("said").textContent.includes('retry-after is "x"')`)
	b.do(set("#retry", ""))
}

// typed needs no mouse: the filter, an event's data, the form.
func (b *browser) typed(url string) {
	b.do(chromedp.Evaluate[chromedp.Void]("document.activeElement.blur()"), chromedp.KeyEvent("/"))
	b.until(`document.activeElement.id === "filter"`)
	b.do(chromedp.KeyEvent(kb.Escape), focus("li.event summary"))
	open := `document.querySelector("li.event details").open`
	b.do(chromedp.KeyEvent(kb.Enter))
	b.until(open)
	b.do(set("#long", "count"),
		focus(`input[name="status"]`), chromedp.KeyEvent(kb.Enter))
	b.until(`document.getElementById("how").textContent.includes("418: the next request")`)
	if status, _ := send(b.t, url, "T"); status != 418 {
		b.t.Errorf("answered %d", status)
	}
	b.until(`document.getElementById("failing").hidden`)
}

func (b *browser) narrow() {
	b.do(chromedp.EmulateViewport(340, 800, chromedp.EmulateMobile))
	b.until(`document.documentElement.scrollWidth <= 340`)
	b.do(chromedp.EmulateReset())
}

// TestPageFindsAReceiverThatWasStartedAgain needs no reload.
func TestPageFindsAReceiverThatWasStartedAgain(t *testing.T) {
	b := newBrowser(t)
	address := ""
	t.Run("before", func(t *testing.T) {
		url, lines := started(t, "--token", "T")
		unread(lines)
		address = strings.TrimPrefix(url, "http://")
		b.do(chromedp.Navigate(url))
		b.until(`document.getElementById("live").textContent === "live"`)
		send(t, url, "T")
		b.until(`document.getElementById("events").textContent === "1"`)
		b.quiet(nil)
	})
	b.until(`document.getElementById("live").textContent.startsWith("receiver does not answer")`)
	url, lines := started(t, "--token", "T", "--addr", address)
	unread(lines)
	send(t, url, "T")
	b.until(`document.getElementById("live").textContent === "live" && document.querySelector("li.again")`)
	b.until(`document.querySelectorAll("li.event").length === 2 && document.getElementById("events").textContent === "1"`)
	// The browser's own complaints, of the receiver that was away.
	b.quiet(func(complaint string) bool { return strings.Contains(complaint, "ERR_") })
}

var takePictures = flag.Bool("pictures", false, "take the picture of the page that the README shows")

// TestPagePicture takes the picture of the README: what make demo shows, on the page and on a terminal beside it.
func TestPagePicture(t *testing.T) {
	if !*takePictures {
		t.Skip("the README's picture is taken with -pictures")
	}
	b := newBrowser(t)
	url, lines := started(t, "--token", "T")
	unread(lines)
	for i, e := range []struct{ kind, subject string }{
		{"aws.s3", "images/cat.png"},
		{"aws.s3", "images/summer 2026/über the sea.jpg"},
		{"aws.ec2", "arn:aws:ec2:us-west-2:123456789012:instance/i-0123456789abcdef0"},
		{"aws.autoscaling", "arn:aws:autoscaling:us-west-2:123456789012:autoScalingGroup:web"},
		{"aws.events", "arn:aws:events:us-west-2:123456789012:rule/demo.schedule"},
	} {
		id := fmt.Sprintf("c123d78b-3dc0-45c6-a114-7f61f1e7e7%02d", i)
		body := change(change(change(event, "images/a b.png", e.subject), "aws.s3", e.kind), "e1", id)
		ask(t, http.MethodPost, url+ingest, body, "Content-Type", asJSON, "Cookie", "unset")
	}
	b.do(scheme("light"), chromedp.EmulateViewport(1100, 790))
	b.do(chromedp.Navigate(url), chromedp.WaitVisible(chromedp.CSS("li.event")))
	b.until(`document.querySelectorAll("li.event").length === 5`)
	b.do(chromedp.Evaluate[chromedp.Void](fmt.Sprintf(`{
		for (const e of document.querySelectorAll(".fresh")) e.classList.remove("fresh");
		const terminal = document.createElement("pre");
		terminal.textContent = %q;
		terminal.style = "background: #12151a; color: #e6eaf0; padding: 1rem 1.25rem; margin: 0; font: 13px/1.5 monospace";
		document.body.prepend(terminal);
		document.documentElement.style.overflow = "hidden";
	}`, demoOutput)))
	shot, err := chromedp.Run(b.ctx, chromedp.CaptureScreenshot())
	if err == nil {
		shot, err = withFewColours(shot)
	}
	if err == nil {
		err = os.WriteFile("page.png", shot, 0o600)
	}
	if err != nil || len(shot) > 100_000 {
		t.Fatal(len(shot), "bytes", err)
	}
}

const demoOutput = `$ make demo
…
  44.2 s  the forwarder relays queue demo
  69.1 s  put    object  images/cat.png
  69.1 s  put    object  letters/cat.txt  (matches nothing: must not arrive)
  69.2 s  EVENT  aws.s3           images/cat.png  c123d78b-3dc0-…
  69.2 s  EVENT  aws.ec2          arn:aws:ec2:us-west-2:123456789012:instance/i-0123456789abcdef0  c123d78b-3dc0-…
  73.7 s  EVENT  aws.events       arn:aws:events:us-west-2:123456789012:rule/demo.schedule  c123d78b-3dc0-…
  76.2 s  every event that matches has arrived, and no other event`

// withFewColours keeps the 256 colours that a picture uses most, which makes its file a third as large.
func withFewColours(data []byte) ([]byte, error) {
	picture, err := png.Decode(bytes.NewReader(data))
	if err != nil {
		return nil, err
	}
	uses := map[color.Color]int{}
	for y := range picture.Bounds().Dy() {
		for x := range picture.Bounds().Dx() {
			uses[picture.At(x, y)]++
		}
	}
	colours := slices.SortedFunc(maps.Keys(uses), func(a, b color.Color) int { return uses[b] - uses[a] })
	paletted := image.NewPaletted(picture.Bounds(), colours[:min(256, len(colours))])
	draw.Draw(paletted, paletted.Rect, picture, image.Point{}, draw.Src)
	var out bytes.Buffer
	err = (&png.Encoder{CompressionLevel: png.BestCompression}).Encode(&out, paletted)
	return out.Bytes(), err
}

func scheme(name string) chromedp.Action[chromedp.Void] {
	return chromedp.Func(func(ctx context.Context, t *chromedp.Target) error {
		_, err := cdp.Call(ctx, t, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{
			Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: name}},
		})
		return err
	})
}
