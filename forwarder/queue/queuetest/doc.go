// Package queuetest is Amazon SQS in memory, spoken over real HTTP in AWS's JSON protocol: a test kit for programs that
// receive from queues, for their chaos tests and for their benchmarks. It has behaviour, not canned answers: visibility
// timeouts, receive counts, a new receipt handle at each receive, redrive, long polls that wait, FIFO message groups,
// entries that fail alone in a batch, and the errors of AWS with their codes, statuses and headers.
//
//	s := queuetest.Start(t)
//	dead := s.Create("dead", queuetest.Queue{})
//	q := s.Create("jobs", queuetest.Queue{VisibilityTimeout: 2, DeadLetter: dead, MaxReceiveCount: 3})
//	q.Send("one", "two")
//	// … point an SQS client at s.URL and q.URL, then:
//	err := q.Wait(t.Context(), queuetest.Drained)
//
// # Time
//
// Time is package time's, and there are two ways not to wait for it. Second says how long one second of SQS lasts, for
// processes that talk over TCP. StartInMemory replaces TCP by pipes, which Client reaches, so that server, client and
// the program under test can all live in one testing/synctest bubble, where twelve hours pass at once.
//
// # Choices
//
// Where AWS leaves its answer open, this is what happens here:
//   - Messages that were received before come first, then the others in the order in which they were sent.
//   - On a standard queue a handle whose timeout has passed still deletes, and still changes visibility, until the
//     message is received again. From then on a delete with the old handle succeeds and deletes nothing, and a change
//     of visibility is refused; StaleHandleWorks reverses that, since AWS promises neither. On a FIFO queue a handle
//     whose timeout has passed is refused.
//   - A message that was received MaxReceiveCount times moves to the dead-letter queue when it would be received once
//     more. It keeps its id, its sent time and its count.
//   - A short poll sees the whole queue.
//
// Not modelled: queues that are created or deleted over HTTP, delays, a queue's own wait time, retention, policies,
// signatures, encryption, tags, the limit of messages in flight, ReceiveRequestAttemptId, message move tasks and the
// query protocol.
package queuetest
