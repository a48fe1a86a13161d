// Command bench measures the forwarder as it is shipped: queue, receiver and forwarder are processes of their own, and
// beside every figure stands the floor's, the least that any program can do. The two are measured in turn, so that a
// busy machine slows both down; the ratio is the result, and absolute figures compare only within one run.
//
// # What is measured
//
// A run starts a new queue (queuetest), a new receiver and one of the two programs, lets a few events through to warm
// up, puts a backlog on the queue at once and waits until it is drained. The time is that from the first receive to the
// last delete; CPU time is that of the measured process alone, between the same moments. Modes with a rate send events
// evenly instead; their latency runs from the moment before the send to the receiver's having read the whole event, on
// one clock. A run in which not every event arrived exactly once, or in which a message was left on the queue, fails.
//
// Modes that name TLS or HTTP/2 have a receiver, and where they say so an SQS, that is spoken to over it; so does the
// floor, which uses the newest protocol that they offer, as SQS's is HTTP/1.1.
//
// With -scale several forwarders share one queue. Each has a bounded number of messages in flight, and the receiver
// takes its time, so that one forwarder is limited by that and not by the processor: what more of them add is then what
// more of them can do.
//
// # The floor
//
// A few loops over plain net/http, as anybody would write them: receive ten messages, decode them with encoding/json,
// post each body as it is, delete the ten. No AWS SDK, no signatures, no CloudEvent, no verdicts, no renewal, no
// metrics, no end.
package main
