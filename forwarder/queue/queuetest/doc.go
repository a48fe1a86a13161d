// Package queuetest is an in-memory Amazon SQS that is reached over real HTTP, with AWS's JSON protocol: a test kit for
// programs that receive from queues, for their chaos tests and for their benchmarks. It has no canned answers but
// behaves as SQS: visibility timeouts, receive counts, a new receipt handle at each receive, redrive, long polls that
// wait, FIFO message groups, batches in which some of the entries fail, and AWS's errors with their codes and statuses.
//
//	s := queuetest.Start(t)
//	dead := s.Create("dead", queuetest.Queue{})
//	q := s.Create("jobs", queuetest.Queue{VisibilityTimeout: 2, DeadLetter: dead, MaxReceiveCount: 3})
//	q.Send("one", "two")
//	// … point an SQS client at s.URL and q.URL, then:
//	err := q.Wait(t.Context(), queuetest.Drained)
//
// # Choices
//
// If AWS does not specify its answer, this server behaves as follows:
//   - Messages come in the order in which they were sent, including those that were received before. (A FIFO queue of
//     AWS prefers to fill an answer with messages of one group.)
//   - On a standard queue a handle whose timeout has passed still deletes, and still changes visibility, until the
//     message is received again. From then on a delete with the old handle succeeds but deletes nothing, and a change
//     of visibility is refused; with StaleHandleWorks both take effect, since AWS promises neither. On a FIFO queue a
//     handle whose timeout has passed is refused.
//   - A message that was received MaxReceiveCount times moves to the dead-letter queue when it would be received once
//     more. It keeps its id, its sent time and its receive count.
//   - A short poll sees the whole queue.
//
// Not modelled: queues that are created, changed or deleted over HTTP, delays, a queue's own wait time, retention,
// policies, signatures, encryption, tags, forbidden characters, content-based deduplication, sequence numbers, the
// limit of messages in flight, ReceiveRequestAttemptId, message move tasks and the query protocol.
package queuetest
