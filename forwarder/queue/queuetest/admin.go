package queuetest

import (
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"
)

// deletedSeconds is how long a name cannot be used again, and how often a queue can be purged.
const deletedSeconds = 60

type queueInput struct {
	QueueUrl        string //nolint:revive // the name on the wire
	QueueName       string
	QueueNamePrefix string
	Attributes      map[string]string
	AttributeNames  []string
	MaxResults      int
	NextToken       string
}

type queueOutput struct {
	QueueUrl   string            `json:",omitempty"` //nolint:revive // the name on the wire
	QueueUrls  []string          `json:",omitempty"`
	Attributes map[string]string `json:",omitempty"`
	NextToken  string            `json:",omitempty"`
}

// with decodes a request and finds its queue, under the lock.
func (s *Server) with(c *call, do func(*queue, *queueInput) *Error) *Error {
	var in queueInput
	if err := c.decode(&in); err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	q, err := s.find(in.QueueUrl)
	if err != nil {
		return err
	}
	return do(q, &in)
}

func (s *Server) createQueue(c *call) *Error {
	var in queueInput
	if err := c.decode(&in); err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	q, err := s.create(in.QueueName, in.Attributes)
	if err != nil {
		return err
	}
	return c.reply(queueOutput{QueueUrl: q.url(c.base)})
}

func (q *queue) url(base string) string { return base + "/" + account + "/" + q.name }

func (s *Server) create(name string, wanted map[string]string) (*queue, *Error) {
	fifo := wanted["FifoQueue"] == "true"
	stem := strings.TrimSuffix(name, ".fifo")
	if !isBatchID(stem) || len(name) > 80 || fifo == (stem == name) {
		return nil, invalid("Can only include alphanumeric characters, hyphens, or underscores. 1 to 80 in length, " +
			"and the name of a FIFO queue, but no other, ends with .fifo.")
	}
	attributes, set := defaults(fifo)
	for _, name := range slices.Sorted(maps.Keys(wanted)) {
		if err := s.apply(name, wanted[name], attributes, &set); err != nil {
			return nil, err
		}
	}
	if q, ok := s.queues[name]; ok {
		for _, name := range slices.Sorted(maps.Keys(wanted)) {
			if q.attributes[name] != wanted[name] {
				return nil, sender(http.StatusBadRequest, "QueueNameExists", "QueueAlreadyExists",
					"A queue already exists with the same name and a different value for attribute %s", name)
			}
		}
		return q, nil
	}
	if at, ok := s.deleted[name]; ok && s.now()-at < s.seconds(deletedSeconds) {
		return nil, errDeletedRecently
	}
	q := &queue{
		s: s, name: name, arn: s.arn(name), tail: newTail(name), attributes: attributes, settings: set,
		purged: -s.seconds(deletedSeconds),
	}
	q.clear()
	stamp := strconv.FormatInt(time.Now().Unix(), 10)
	attributes["CreatedTimestamp"], attributes["LastModifiedTimestamp"] = stamp, stamp
	s.queues[name] = q
	return q, nil
}

func (s *Server) deleteQueue(c *call) *Error {
	return s.with(c, func(q *queue, _ *queueInput) *Error {
		delete(s.queues, q.name)
		s.deleted[q.name] = s.now()
		q.stop()
		return nil
	})
}

func (s *Server) purgeQueue(c *call) *Error {
	return s.with(c, func(q *queue, _ *queueInput) *Error {
		now := s.now()
		if now-q.purged < s.seconds(deletedSeconds) {
			return sender(http.StatusForbidden, "PurgeQueueInProgress", simple+"PurgeQueueInProgress",
				"Only one PurgeQueue operation on %s is allowed every 60 seconds.", q.name)
		}
		q.purged = now
		q.clear()
		q.settle(now)
		return nil
	})
}

func (s *Server) getQueueURL(c *call) *Error {
	var in queueInput
	if err := c.decode(&in); err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	q, ok := s.queues[in.QueueName]
	if !ok {
		return errNoQueue
	}
	return c.reply(queueOutput{QueueUrl: q.url(c.base)})
}

func (s *Server) listQueues(c *call) *Error {
	var in queueInput
	if err := c.decode(&in); err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	var out queueOutput
	for _, name := range slices.Sorted(maps.Keys(s.queues)) {
		if !strings.HasPrefix(name, in.QueueNamePrefix) || name <= in.NextToken {
			continue
		}
		if most := in.MaxResults; most > 0 && len(out.QueueUrls) == most {
			last := out.QueueUrls[most-1]
			out.NextToken = last[strings.LastIndexByte(last, '/')+1:]
			break
		}
		out.QueueUrls = append(out.QueueUrls, s.queues[name].url(c.base))
	}
	return c.reply(out)
}

func (s *Server) getQueueAttributes(c *call) *Error {
	return s.with(c, func(q *queue, in *queueInput) *Error {
		q.expire(s.now())
		out := queueOutput{Attributes: map[string]string{}}
		for _, name := range in.AttributeNames {
			if name == "All" {
				maps.Copy(out.Attributes, q.attributes)
				for _, name := range computed {
					out.Attributes[name], _ = q.attribute(name)
				}
				continue
			}
			if !isAttribute(name) {
				return errAttributeName(name)
			}
			if v, ok := q.attribute(name); ok {
				out.Attributes[name] = v
			}
		}
		return c.reply(out)
	})
}

func (s *Server) setQueueAttributes(c *call) *Error {
	return s.with(c, func(q *queue, in *queueInput) *Error {
		attributes, set := maps.Clone(q.attributes), q.settings // all or nothing
		for _, name := range slices.Sorted(maps.Keys(in.Attributes)) {
			if err := s.apply(name, in.Attributes[name], attributes, &set); err != nil {
				return err
			}
		}
		attributes["LastModifiedTimestamp"] = strconv.FormatInt(time.Now().Unix(), 10)
		q.attributes, q.settings = attributes, set
		q.settle(s.now())
		return nil
	})
}
