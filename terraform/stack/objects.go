package stack

import (
	"context"
	"fmt"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	tfjson "github.com/hashicorp/terraform-json"
)

// Contents is what a bucket holds: the first few objects, and how many there are.
type Contents struct {
	Bucket string
	First  []string
	Count  int
	More   bool // there are more than were counted
}

func (c Contents) String() string {
	count := plural(c.Count, "object version")
	if c.More {
		count = "more than " + count
	}
	text := fmt.Sprintf("%s holds %s: %s", c.Bucket, count, strings.Join(c.First, ", "))
	if c.More || c.Count > len(c.First) {
		text += ", …"
	}
	return text
}

// shown is how many objects of a bucket are named.
const shown = 3

// contents looks into a bucket, at versions and delete markers too: AWS counts them all.
func (c *cloud) contents(ctx context.Context, bucket string) (Contents, error) {
	found := Contents{Bucket: bucket}
	page, err := c.s3.ListObjectVersions(ctx, &s3.ListObjectVersionsInput{Bucket: &bucket})
	if code := codeOf(err); code == "NoSuchBucket" {
		return found, nil
	}
	if err != nil {
		return found, fmt.Errorf("look into the bucket %s: %w", bucket, err)
	}
	for _, v := range page.Versions {
		found.see(aws.ToString(v.Key))
	}
	for _, m := range page.DeleteMarkers {
		found.see(aws.ToString(m.Key) + " (deleted)")
	}
	found.More = aws.ToBool(page.IsTruncated)
	return found, nil
}

func (c *Contents) see(key string) {
	c.Count++
	if len(c.First) < shown {
		c.First = append(c.First, key)
	}
}

// doomed are the buckets that a plan deletes.
func doomed(plan *tfjson.Plan) (buckets []*tfjson.ResourceChange) {
	for _, c := range plan.ResourceChanges {
		if c.Type == "aws_s3_bucket" && c.Mode != tfjson.DataResourceMode && c.Change.Actions.Delete() {
			buckets = append(buckets, c)
		}
	}
	return buckets
}

// full are those of them that hold something, and may not be emptied.
func (c *cloud) full(ctx context.Context, buckets []*tfjson.ResourceChange) ([]Contents, error) {
	var full []Contents
	for _, b := range buckets {
		values := object(b.Change.Before)
		if values["force_destroy"] == true {
			continue
		}
		found, err := c.contents(ctx, text(values["bucket"]))
		if err != nil {
			return nil, err
		}
		if found.Count > 0 {
			full = append(full, found)
		}
	}
	return full, nil
}
