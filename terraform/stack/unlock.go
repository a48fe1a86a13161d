package stack

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/s3"
)

// stateLock is what Terraform writes beside a state in S3 while it is at work.
type stateLock struct {
	ID      string    `json:"ID"`
	Who     string    `json:"Who"`
	Created time.Time `json:"Created"`
}

// leftBy tells whether the lock is one that a run of this machine left when it was killed: the run is known to be dead,
// since the kernel gave its folder free, and the lock was made by the same person while it lived.
func (l stateLock) leftBy(dead Holder) bool {
	return l.ID != "" && dead.PID != 0 && l.Who == dead.Who && !l.Created.Before(dead.Since)
}

// unlock takes away the lock in S3 that a killed run left. The lock of anybody else is waited for.
func (r *session) unlock(ctx context.Context) error {
	if !r.state.remote() || r.dead.PID == 0 {
		return nil
	}
	key := r.state.key + ".tflock"
	found, err := r.cloud.in(r.state.region).GetObject(ctx, &s3.GetObjectInput{Bucket: &r.state.bucket, Key: &key})
	if statusOf(err) == 404 {
		return nil
	}
	if err != nil {
		return fmt.Errorf("look at the lock of %s: %w", r.state, err)
	}
	defer func() { _ = found.Body.Close() }()
	var lock stateLock
	if err := json.NewDecoder(found.Body).Decode(&lock); err != nil {
		return fmt.Errorf("read the lock of %s: %w", r.state, err)
	}
	if !lock.leftBy(r.dead) {
		return nil
	}
	r.Report.Note(fmt.Sprintf("taking away the state's lock, which %s left when it was killed", r.dead))
	if err := r.terraform.query.ForceUnlock(ctx, lock.ID); err != nil {
		return fmt.Errorf("unlock %s: %w", r.state, err)
	}
	return nil
}
