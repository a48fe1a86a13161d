package examples

import (
	"fmt"
	"net"
	"net/url"
	"path"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/dispatchframework/dispatch-events-aws/forwarder/relay"
)

func TestKubernetes(t *testing.T) { testKubernetes(t, "kubernetes", "") }

// TestKnative gives the forwarder what the SinkBinding would. The port is the ingress pods': a network policy looks at
// that one.
func TestKnative(t *testing.T) {
	s := testKubernetes(t, "knative", "http://broker-ingress.knative-eventing.svc.cluster.local:8080/aws-events/default")
	if s.Format != "structured" || s.SinkTokenFile != "" {
		t.Errorf("format %s, token file %q", s.Format, s.SinkTokenFile)
	}
}

func testKubernetes(t *testing.T, folder, broker string) *relay.Settings {
	all := render(t, folder)
	deployment := resource(t, all, "Deployment")
	pod := dig(deployment, "spec", "template", "spec")
	w := kubernetesWorkload(t, all, pod, broker)
	s := w.check(t)
	checkPod(t, all, deployment, s)
	checkNetwork(t, resource(t, all, "NetworkPolicy"), s)
	checkScaling(t, all, s)
	w.run(t, s)
	return s
}

func kubernetesWorkload(t *testing.T, all []object, pod any, broker string) *workload {
	container := dig(pod, "containers", "0")
	w := &workload{
		env:    map[string]string{},
		image:  fmt.Sprint(dig(container, "image")),
		memory: mebibytes(t, dig(container, "resources", "limits", "memory")),
		grace:  time.Duration(dig(pod, "terminationGracePeriodSeconds").(float64)) * time.Second,
	}
	config := resource(t, all, "ConfigMap")
	if name := dig(container, "envFrom", "0", "configMapRef", "name"); name != dig(config, "metadata", "name") {
		t.Errorf("the settings come from %v, which is not there", name)
	}
	for name, value := range config["data"].(object) {
		w.env[name] = fmt.Sprint(value)
	}
	arguments, _ := dig(container, "args").([]any)
	for _, a := range arguments {
		w.args = append(w.args, strings.ReplaceAll(fmt.Sprint(a), "$(K_SINK)", broker))
	}
	port := dig(container, "ports", "0")
	if _, number, _ := net.SplitHostPort(w.env["ADMIN_ADDR"]); number != fmt.Sprint(dig(port, "containerPort")) {
		t.Errorf("ADMIN_ADDR is %s, the container's port %v", w.env["ADMIN_ADDR"], dig(port, "containerPort"))
	}
	monitor := dig(resource(t, all, "PodMonitor"), "spec", "podMetricsEndpoints", "0")
	for _, asked := range []any{
		dig(container, "livenessProbe", "httpGet"), dig(container, "readinessProbe", "httpGet"), monitor,
	} {
		if dig(asked, "port") != dig(port, "name") {
			t.Errorf("%v is asked for at the port %v", dig(asked, "path"), dig(asked, "port"))
		}
		w.paths = append(w.paths, fmt.Sprint(dig(asked, "path")))
	}
	return w
}

func checkPod(t *testing.T, all []object, deployment object, s *relay.Settings) {
	labels := dig(deployment, "spec", "template", "metadata", "labels")
	for from, selector := range map[string]any{
		"Deployment":          dig(deployment, "spec", "selector", "matchLabels"),
		"NetworkPolicy":       dig(resource(t, all, "NetworkPolicy"), "spec", "podSelector", "matchLabels"),
		"PodMonitor":          dig(resource(t, all, "PodMonitor"), "spec", "selector", "matchLabels"),
		"PodDisruptionBudget": dig(resource(t, all, "PodDisruptionBudget"), "spec", "selector", "matchLabels"),
	} {
		if !reflect.DeepEqual(selector, labels) {
			t.Errorf("the %s selects %v, the pods are %v", from, selector, labels)
		}
	}
	pod := dig(deployment, "spec", "template", "spec")
	if name := dig(resource(t, all, "ServiceAccount"), "metadata", "name"); dig(pod, "serviceAccountName") != name {
		t.Errorf("the service account is %v", name)
	}
	if s.SinkTokenFile != "" {
		mount, volume := dig(pod, "containers", "0", "volumeMounts", "0"), dig(pod, "volumes", "0")
		if path.Dir(s.SinkTokenFile) != dig(mount, "mountPath") || dig(mount, "name") != dig(volume, "name") ||
			dig(volume, "secret", "secretName") == nil {
			t.Errorf("%s is in no mounted secret: %v of %v", s.SinkTokenFile, mount, volume)
		}
	}
	for where, want := range map[string]any{
		"securityContext.runAsNonRoot":                          true,
		"securityContext.runAsUser":                             65532.0,
		"securityContext.seccompProfile.type":                   "RuntimeDefault",
		"containers.0.securityContext.readOnlyRootFilesystem":   true,
		"containers.0.securityContext.allowPrivilegeEscalation": false,
		"containers.0.securityContext.capabilities.drop":        []any{"ALL"},
	} {
		if got := dig(pod, strings.Split(where, ".")...); !reflect.DeepEqual(got, want) {
			t.Errorf("%s is %v, not %v", where, got, want)
		}
	}
}

// checkNetwork checks that what the forwarder has to reach is open, and who may reach it.
func checkNetwork(t *testing.T, policy object, s *relay.Settings) {
	rules := dig(policy, "spec", "egress").([]any)
	for _, address := range []string{s.QueueURL, s.SinkURL, "udp://dns:53"} {
		u, err := url.Parse(address)
		if err != nil {
			t.Fatal(err)
		}
		port := u.Port()
		if port == "" {
			port = map[string]string{"http": "80", "https": "443"}[u.Scheme]
		}
		if !slices.ContainsFunc(rules, func(rule any) bool { return slices.Contains(ports(rule), port) }) {
			t.Errorf("%s cannot be reached", address)
		}
	}
	from := dig(policy, "spec", "ingress", "0", "from").([]any)
	if len(from) != 1 || dig(from[0], "namespaceSelector") == nil || dig(from[0], "podSelector") == nil {
		t.Errorf("the port is open to more than Prometheus: %v", from)
	}
	_, admin, _ := net.SplitHostPort(s.AdminAddr)
	if !slices.Equal(ports(dig(policy, "spec", "ingress", "0")), []string{admin}) {
		t.Errorf("open is %v, ADMIN_ADDR is %s", ports(dig(policy, "spec", "ingress", "0")), s.AdminAddr)
	}
}

func ports(rule any) []string {
	var all []string
	list, _ := dig(rule, "ports").([]any)
	for _, p := range list {
		all = append(all, fmt.Sprint(dig(p, "port")))
	}
	return all
}

const inFlightOfAQueue = 120_000 // SQS's limit

func checkScaling(t *testing.T, all []object, s *relay.Settings) {
	spec := dig(resource(t, all, "ScaledObject"), "spec")
	trigger := dig(spec, "triggers", "0")
	metadata := dig(trigger, "metadata").(object)
	for name := range metadata { // KEDA's schema takes any name; these are those of its scaler
		if !slices.Contains([]string{"queueURLFromEnv", "awsRegion", "queueLength", "scaleOnInFlight"}, name) {
			t.Errorf("the scaler has no %s", name)
		}
	}
	if metadata["queueURLFromEnv"] != "QUEUE_URL" || metadata["awsRegion"] != s.Region ||
		metadata["scaleOnInFlight"] != "true" {
		t.Errorf("scaled by %v", metadata)
	}
	deployment := resource(t, all, "Deployment")
	scaled, replicas := dig(spec, "scaleTargetRef", "name"), dig(deployment, "spec", "replicas")
	if scaled != dig(deployment, "metadata", "name") || replicas != nil {
		t.Errorf("scaled is %v; %v replicas are fixed", scaled, replicas)
	}
	name := dig(resource(t, all, "TriggerAuthentication"), "metadata", "name")
	if dig(trigger, "authenticationRef", "name") != name {
		t.Errorf("the trigger authentication is %v", name)
	}
	if length, err := strconv.Atoi(fmt.Sprint(metadata["queueLength"])); err != nil || length < s.MaxInFlight {
		t.Errorf("queueLength %v: what one forwarder holds would call for another", metadata["queueLength"])
	}
	if most := int(dig(spec, "maxReplicaCount").(float64)) * s.MaxInFlight; most > inFlightOfAQueue {
		t.Errorf("%d messages in flight are more than SQS allows", most)
	}
}

func mebibytes(t *testing.T, of any) int64 {
	number, isMi := strings.CutSuffix(fmt.Sprint(of), "Mi")
	n, err := strconv.ParseInt(number, 10, 64)
	if err != nil || !isMi {
		t.Fatalf("%v is no number of Mi", of)
	}
	return n << 20
}
