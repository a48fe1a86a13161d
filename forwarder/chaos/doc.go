// Package chaos tests that the forwarder loses no event while everything around it fails. It contains only a test:
//
//	go test ./forwarder/chaos                             # 100,000 events, a random seed; half a minute
//	go test ./forwarder/chaos -short                      # less of everything
//	go test ./forwarder/chaos -seed=42 -events=5000 -story # run a seed again with fewer events, and print what was done
//	go test ./forwarder/chaos -for=10m -timeout=0 -v      # seed after seed for ten minutes, or until one fails
//	go test ./forwarder/chaos -run=TestOutage/refuses -outage=60s -events=1000000 # a minute without the receiver
//
// Two forwarders, real processes of the real program, read one queue at the same time. The queue (queuetest) and the
// receiver (sinktest) are part of the test's process. Both fail, as the seed determines:
//   - The queue throttles, answers 500, fails single entries of a batch, is slow, cuts connections before and after it
//     has acted, cuts answers in two, is unavailable, calls valid receipt handles invalid when they are renewed, has
//     its clock ten minutes ahead for a while, and refuses the credentials a while before the forwarders get new ones.
//   - The receiver answers with statuses of every class, stalls, resets connections, sends half an answer, answers
//     late, sends Retry-After, is unavailable in several ways, ignores whatever arrives over its old connections, takes
//     more than half of SINK_TIMEOUT for each answer, refuses some events for good and others for a while. One in five
//     receivers is reached over TLS.
//   - The forwarders are killed (SIGKILL), stopped (SIGTERM), frozen for longer than the visibility timeout (SIGSTOP),
//     and started again. One run in three has the shortest shutdown timeout that is accepted.
//
// # What is checked
//
// A ledger sees every call of the queue and every request to the receiver, before its answer leaves. So it checks most
// things at the moment when they happen, each event by itself:
//   - A message is deleted only after an answer that accepts its event, or when a copy is in the dead-letter queue.
//   - What arrives is what was sent, byte for byte.
//   - A message is received once more only if its forwarder released it, was killed or frozen, never got the answer
//     with the message, or got an error when it renewed the message. That the receiver is unavailable is no excuse. So
//     an outage does not raise receive counts, and moves nothing to the dead-letter queue.
//   - A forwarder that has got the answer that accepts an event does not send the event again.
//   - In a FIFO queue no event is accepted before those that were sent before it in its group.
//
// At the end: every event was accepted, or is in the dead-letter queue with the receiver's reason, once for each
// refusal; nothing is on the queue; there are no more duplicates than the faults explain (see counts.mayRepeat); every
// forwarder that got SIGTERM ended with exit code 0 within its shutdown timeout and left nothing invisible; no process
// is left.
//
// # When it fails
//
// The message has the seed, the command that repeats it, and, for each event in question, what happened to it and what
// the forwarders logged about it. A seed repeats the plan (settings, faults, signals) and not the order in which the
// processes run: a failure may need a few rounds to show again.
package chaos
