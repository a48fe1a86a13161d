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
// A benchmark that wants the queue in a process of its own uses New and Listen instead of Start: BenchmarkServer does
// so. The server takes 7 µs of CPU time for a message that is received and deleted in tens; not 2 of them are its own,
// the rest is net/http and the kernel.
//
// # Time
//
// Time is package time's, and there are two ways not to wait for it. Second says how long one second of SQS lasts, for
// processes that talk over TCP. InMemory replaces TCP by pipes (Client and DialContext reach them), so that server,
// client and the program under test can all live in one testing/synctest bubble, where twelve hours pass at once. A
// clock to be advanced by hand is left out on purpose: it would move the queue's time alone, while the timers that
// renew visibility stood still.
//
// # Choices
//
// Where AWS leaves its answer open, this is what happens here:
//   - Messages come back in the order of their age: those that were received before go first.
//   - On a standard queue a handle whose timeout has passed still deletes, and still changes visibility, until the
//     message is received again. From then on a delete with the old handle succeeds and deletes nothing, and a change
//     of visibility is refused; StaleHandleWorks turns that round, since AWS promises neither. On a FIFO queue a handle
//     whose timeout has passed is refused.
//   - A message that was received MaxReceiveCount times moves to the dead-letter queue when it would be received once
//     more. It keeps its id, its sent time and its count.
//   - A short poll sees the whole queue.
//   - At the limit of messages in flight a short poll of a standard queue is told OverLimit; long polls wait, and FIFO
//     queues have nothing to give.
//
// Not modelled: retention (the attribute is kept, nothing ages out), policies, signatures, encryption, tags,
// ReceiveRequestAttemptId, message move tasks and the query protocol.
package queuetest
