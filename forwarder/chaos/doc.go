// Package chaos tests the forwarder's promise while everything around it fails. It has no code of its own, only a test:
//
//	go test ./forwarder/chaos                             # 100,000 events, a seed of its own choosing; half a minute
//	go test ./forwarder/chaos -short                      # less of everything
//	go test ./forwarder/chaos -seed=42 -events=5000 -story # a seed again, smaller, told at length
//	go test ./forwarder/chaos -for=10m -timeout=0 -v      # seed after seed until the first that fails
//	go test ./forwarder/chaos -run=TestOutage/refuses -outage=60s -events=1000000 # a minute without the receiver
//
// Two forwarders, real processes of the real program, drain one queue at the same time. Queue (queuetest) and receiver
// (sinktest) live in the test's process. Both fail, as the seed says: the queue throttles, answers 500, fails single
// entries, is slow, cuts connections before and after it has acted, cuts answers in two, is away, calls valid receipt
// handles invalid when they are renewed, has a clock that steps ten minutes forth and back, and takes new credentials
// alone a moment before the forwarders have them; the receiver answers with statuses of every class, stalls, cuts,
// answers by halves and late, asks for patience, is away in several ways, swallows what comes over connections that it
// had, takes more than half of SINK_TIMEOUT for each answer, refuses some events for good and others for a while. One
// in five receivers is reached over TLS, and so over net/http's connections instead of the sink's own. The forwarders
// are killed (SIGKILL), stopped (SIGTERM), in one of three worlds with the shortest shutdown timeout that is accepted,
// frozen for longer than the visibility timeout (SIGSTOP), and started again.
//
// # What is checked
//
// A ledger sees every call of the queue and every request to the receiver, before its answer leaves. So it checks most
// things at the moment when they happen, each event by itself:
//   - A delete is asked for only after an answer that took the event, or when its copy is in the dead-letter queue.
//   - What arrives is what was sent, byte for byte.
//   - A message that is received once more was released, or its forwarder was killed or frozen, or never got the
//     answer that assigned it, or met an error when it renewed it. A receiver that is away is no reason. That is how an
//     outage costs no receives, and so can dead-letter nothing.
//   - The forwarder that got an answer that took the event does not send it again.
//   - In a FIFO queue no event is taken before those that were sent before it in its group.
//
// At the end: every event was taken, or is in the dead-letter queue with the receiver's reason, once for each refusal;
// nothing is on the queue; duplicates stay under what can be counted (see judge); every forwarder that got SIGTERM
// ended with exit code 0 within its shutdown timeout and left nothing invisible; no process is left.
//
// Two of these faults also happen to a correct forwarder that gets no CPU time for seconds: it renews too late, or an
// answer reaches it too late. So the test watches a timer of its own. If that was 150 ms late while an event was in
// flight, such a fault of that event is counted but does not fail the test.
//
// # When it fails
//
// The message tells the seed, the command that repeats it, and, of each event in question, what befell it and what the
// forwarders logged about it. A seed repeats the plan (settings, faults, signals) and not the interleaving of
// processes: a failure may need a few rounds to show again.
package chaos
