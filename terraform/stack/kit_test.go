package stack

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"testing/fstest"
	"time"

	tfjson "github.com/hashicorp/terraform-json"
)

// world is a Terraform and an AWS that say what a test has them say.
type world struct {
	t     *testing.T
	dir   string // what Terraform answers from
	mu    sync.Mutex
	calls []string          // what AWS was asked
	has   map[string]string // what AWS answers, by operation and by "METHOD /path" for S3; else it knows nothing
	after map[string]func() // what an operation has changed once it is answered
	recorder
}

// nothingThere are AWS's answers about what does not exist.
var nothingThere = map[string]string{
	"GetQueueUrl":  `400 {"__type":"com.amazonaws.sqs#QueueDoesNotExist","message":"no"}`,
	"DescribeRule": `400 {"__type":"ResourceNotFoundException","message":"no"}`,
	"sns.GetTopicAttributes": `404 <ErrorResponse><Error><Code>NotFound</Code><Message>no</Message></Error>` +
		`</ErrorResponse>`,
	"ListRules":          `200 {"Rules":[]}`,
	"GetQueueAttributes": `200 {"Attributes":{}}`,
	"DescribeTrails":     `200 {"trailList":[]}`,
	"ListKeys":           `200 {"Keys":[]}`,
	"DescribeAlarms":     `200 {"MetricAlarms":[]}`,
	"DescribeKey":        `400 {"__type":"NotFoundException","message":"no"}`,
	"GetCallerIdentity": `200 <GetCallerIdentityResponse><GetCallerIdentityResult><Account>123456789012</Account>` +
		`<Arn>arn:aws:iam::123456789012:root</Arn>` +
		`</GetCallerIdentityResult></GetCallerIdentityResponse>`,
}

func newWorld(t *testing.T) *world {
	t.Helper()
	w := &world{t: t, dir: t.TempDir(), has: map[string]string{}, after: map[string]func(){}}
	server := httptest.NewServer(http.HandlerFunc(w.answer))
	t.Cleanup(server.Close)
	bin := t.TempDir()
	script, err := os.ReadFile("testdata/terraform.sh")
	if err != nil {
		t.Fatal(err)
	}
	put(t, filepath.Join(bin, "terraform"), string(script))
	if err := os.Chmod(filepath.Join(bin, "terraform"), 0o700); err != nil {
		t.Fatal(err)
	}
	for name, value := range map[string]string{
		"PATH": bin + ":" + os.Getenv("PATH"), "FAKE": w.dir, "XDG_STATE_HOME": t.TempDir(), "HOME": t.TempDir(),
		"AWS_ENDPOINT_URL": server.URL, "AWS_ACCESS_KEY_ID": "x", "AWS_SECRET_ACCESS_KEY": "x", "AWS_MAX_ATTEMPTS": "1",
	} {
		t.Setenv(name, value)
	}
	w.says("version", "1.11.4")
	w.says("lock", chose("6.8.0"))
	w.says("plan.json", "")
	w.says("apply.jsonl", "")
	w.says("apply-code", "0")
	w.says("output.json", `{"queue_url":{"value":"http://q","type":"string","sensitive":false}}`)
	return w
}

// chose is the lock file that init writes when it takes a version of the provider.
func chose(version string) string {
	return "provider \"registry.terraform.io/hashicorp/aws\" {\n  version     = \"" + version +
		"\"\n  constraints = \">= 5.100.0, < 7.0.0\"\n}\n"
}

// says sets what Terraform answers from.
func (w *world) says(file, text string) { put(w.t, filepath.Join(w.dir, file), text) }

func (w *world) check(err error) {
	w.t.Helper()
	if err != nil {
		w.t.Fatal(err)
	}
}

// planned has Terraform plan this.
func (w *world) planned(file string, plan *tfjson.Plan) {
	w.t.Helper()
	text, err := json.Marshal(plan)
	w.check(err)
	w.says(file, string(text))
}

// plansToCreate has Terraform plan what was recorded of a new stack.
func (w *world) plansToCreate() {
	w.says("plan.json", read(w.t, filepath.Join("testdata", "create.json")))
}

func (w *world) answer(rw http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	operation := r.Method + " " + r.URL.Path
	if _, target, found := strings.Cut(r.Header.Get("X-Amz-Target"), "."); found {
		operation = target[strings.LastIndex(target, ".")+1:]
	} else if _, action, found := strings.Cut(string(body), "Action="); found {
		operation, _, _ = strings.Cut(action, "&")
		if strings.Contains(r.Header.Get("Authorization"), "/sns/") {
			operation = "sns." + operation // whose names of operations are others', too
		}
	}
	w.mu.Lock()
	w.calls = append(w.calls, operation+" "+string(body))
	said, ok := w.has[operation]
	if after := w.after[operation]; after != nil {
		after()
	}
	w.mu.Unlock()
	if !ok {
		said, ok = nothingThere[operation]
	}
	if !ok {
		said = `404 <Error><Code>NoSuchBucket</Code></Error>`
	}
	var status int
	_, _ = fmt.Sscan(said, &status)
	rw.WriteHeader(status)
	_, _ = io.WriteString(rw, said[min(4, len(said)):])
}

func (w *world) stack() *Stack {
	return &Stack{
		Name: "rec", Modules: fstest.MapFS{"main.tf": {Data: []byte("#")}}, LockTimeout: time.Minute, PluginDir: "/mirror",
		Report: w, Approve: func(context.Context, Plan) (bool, error) { return true, nil },
	}
}

// ran are the verbs that Terraform was run with, its version left out.
func (w *world) ran() string {
	var verbs []string
	for line := range strings.Lines(read(w.t, filepath.Join(w.dir, "log"))) {
		if verb, _, _ := strings.Cut(strings.TrimSpace(line), " "); verb != "version" {
			verbs = append(verbs, verb)
		}
	}
	return strings.Join(verbs, " ")
}

// with are the arguments of the last run of a verb.
func (w *world) with(verb string) string {
	found := ""
	for line := range strings.Lines(read(w.t, filepath.Join(w.dir, "log"))) {
		if strings.HasPrefix(line, verb+" ") {
			found = strings.TrimSpace(line)
		}
	}
	return found
}

func (w *world) home() folder {
	w.t.Helper()
	home, err := w.stack().home()
	if err != nil {
		w.t.Fatal(err)
	}
	return home
}

func (w *world) journal() *journal { return reopen(w.t, w.home().journalPath()) }

// asked tells whether AWS was asked for an operation.
func (w *world) asked(operation string) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, c := range w.calls {
		if strings.HasPrefix(c, operation+" ") {
			return true
		}
	}
	return false
}
