package stack

import (
	"context"
	"path"
	"slices"
	"strings"

	tfjson "github.com/hashicorp/terraform-json"
	"golang.org/x/sync/errgroup"
)

// Status is what there is of a stack, and how it is doing.
type Status struct {
	Stack    string `json:"stack"`
	Region   string `json:"region"`
	Account  string `json:"account"`
	Endpoint string `json:"endpoint,omitempty"`
	// Unfinished is the verb of a run that began and did not come to its end.
	Unfinished string     `json:"unfinished,omitempty"`
	Resources  []Resource `json:"resources"`
	// Drift is what up would change: what somebody changed, removed, or a cut-off run left undone.
	Drift []Drift `json:"drift"`
	// Queue is the forwarder's queue; nothing when it is not there.
	Queue *Depth `json:"queue"`
	// Activity is what went through it lately.
	Activity *Activity `json:"activity,omitempty"`
	// Key encrypts it, where SQS does not by itself; KeyTrouble is why EventBridge may not use that key, as far as can be
	// seen.
	Key        string `json:"key,omitempty"`
	KeyTrouble string `json:"keyTrouble,omitempty"`
	// Rules are the rules that are there.
	Rules []RuleState `json:"rules"`
	// UnknownRules have the stack's tag, and its state does not hold them: another state has this stack, too.
	UnknownRules []string `json:"unknownRules,omitempty"`
	// DeadLetters are what the receiver refused and what EventBridge could not deliver.
	DeadLetters []Depth `json:"deadLetters"`
}

// Resource is one thing of a stack.
type Resource struct {
	Kind    string `json:"kind"`
	Name    string `json:"name"`
	Address string `json:"address"`
}

// Drift is one difference between the stack as it is and as it was declared.
type Drift struct {
	Mark    string `json:"mark"`
	Kind    string `json:"kind"`
	Name    string `json:"name"`
	Detail  string `json:"detail,omitempty"`
	Address string `json:"address"`
}

// Status looks at the stack and changes nothing. made is as in DownOptions.
func (s *Stack) Status(ctx context.Context, made *Options) (Status, error) {
	r, err := s.openKnown(ctx, "status", made)
	if err != nil {
		return Status{}, err
	}
	defer r.close()
	if err := r.ready(ctx); err != nil {
		return Status{}, err
	}
	out := Status{
		Stack: r.Name, Region: r.place.region, Account: r.place.account, Endpoint: r.place.endpoint,
		Unfinished: r.journal.Unfinished, Drift: []Drift{}, Resources: []Resource{}, DeadLetters: []Depth{},
	}
	if err := r.warnOfSize(); err != nil {
		return out, err
	}
	r.Report.Note("comparing with what is there")
	if _, err := r.terraform.plan(ctx, r.progress(ctx, nil), r.folder.variables(), false); err != nil {
		return out, err
	}
	plan, err := r.terraform.show(ctx)
	if err != nil {
		return out, err
	}
	for _, l := range summarise(plan, nil).Lines {
		out.Drift = append(out.Drift, Drift{Mark: l.Mark, Kind: l.Kind, Name: l.Name, Detail: l.Detail, Address: l.Address})
	}
	if plan.PriorState != nil && plan.PriorState.Values != nil {
		out.Resources = resources(plan.PriorState.Values.RootModule)
	}
	out.Rules = rules(plan)
	r.lookForRules(ctx, plan, &out)
	if err := r.depths(ctx, plan, &out); err != nil {
		return out, err
	}
	if out.Queue != nil {
		out.Key = keyOf(plan, out.Queue.Queue)
		out.KeyTrouble = r.cloud.keyTrouble(ctx, out.Key)
	}
	r.measure(ctx, &out)
	return out, nil
}

// lookForRules finds the rules that the state does not hold. Without the right to list rules, the rest of the status is
// no less useful.
func (r *session) lookForRules(ctx context.Context, plan *tfjson.Plan, out *Status) {
	known := map[string]bool{}
	eachOf(plan, "aws_cloudwatch_event_rule", func(values map[string]any) { known[text(values["name"])] = true })
	found, err := r.cloud.rulesOf(ctx, r.Name, known)
	if err != nil && ctx.Err() == nil {
		r.Report.Note("rules that the state does not hold could not be looked for: " + err.Error())
	}
	for _, f := range found {
		out.UnknownRules = append(out.UnknownRules, f.name)
	}
}

// resources are the things among what the state holds; their settings go without saying.
func resources(m *tfjson.StateModule) []Resource {
	if m == nil {
		return nil
	}
	list := []Resource{}
	for _, res := range m.Resources {
		if t, ok := things[res.Type]; ok && res.Mode == tfjson.ManagedResourceMode {
			list = append(list, Resource{Kind: t.kind, Name: text(res.AttributeValues[t.name]), Address: res.Address})
		}
	}
	for _, child := range m.ChildModules {
		list = append(list, resources(child)...)
	}
	slices.SortFunc(list, func(a, b Resource) int { return strings.Compare(a.Kind+a.Name, b.Kind+b.Name) })
	return list
}

// depths measures the queues that are there, at the same time.
func (r *session) depths(ctx context.Context, plan *tfjson.Plan, out *Status) error {
	urls := queueURLs(plan)
	depths := make([]Depth, len(urls))
	g, ctx := errgroup.WithContext(ctx)
	for i, url := range urls {
		g.Go(func() (err error) {
			if url != "" {
				depths[i], err = r.cloud.depth(ctx, path.Base(url), url)
			}
			if i > 0 && depths[i].Visible > 0 {
				depths[i].look(ctx, r.cloud)
			}
			return err
		})
	}
	if err := g.Wait(); err != nil {
		return err
	}
	for i, d := range depths {
		switch {
		case d.URL == "":
		case i == 0:
			out.Queue = &d
		default:
			out.DeadLetters = append(out.DeadLetters, d)
		}
	}
	return nil
}

// queueURLs are the URLs of the forwarder's queue and of those for dead letters, empty where there is none.
func queueURLs(plan *tfjson.Plan) []string {
	urls := make([]string, 3)
	if plan.PriorState == nil || plan.PriorState.Values == nil {
		return urls
	}
	for i, name := range []string{"queue_url", "dead_letter_queue_url", "delivery_dead_letter_queue_url"} {
		if output := plan.PriorState.Values.Outputs[name]; output != nil {
			urls[i] = text(output.Value)
		}
	}
	return urls
}
