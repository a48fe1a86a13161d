package inventory

import (
	"context"
	"fmt"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
)

const (
	mostCounted = 10_000 // object versions of a bucket, which is ten pages
	mostNamed   = 3
)

// Objects describes the objects in a bucket.
type Objects struct {
	First []string // the names of the first few
	Count int      // the number of object versions and delete markers
	More  bool     // there are more than were counted
}

// Objects counts the objects in a bucket. A bucket that does not exist has none.
func (c *Client) Objects(ctx context.Context, bucket string) (o Objects, err error) {
	pages := s3.NewListObjectVersionsPaginator(c.s3, &s3.ListObjectVersionsInput{Bucket: &bucket})
	for pages.HasMorePages() && o.Count < mostCounted {
		page, err := pages.NextPage(ctx)
		if isMissing(err) {
			return Objects{}, nil
		}
		if err != nil {
			return o, fmt.Errorf("look into the bucket %s: %w", bucket, err)
		}
		o.Count += len(page.Versions) + len(page.DeleteMarkers)
		for _, v := range page.Versions {
			o.First = append(o.First, aws.ToString(v.Key))
		}
		for _, m := range page.DeleteMarkers {
			o.First = append(o.First, aws.ToString(m.Key)+" (deleted)")
		}
		o.First = o.First[:min(len(o.First), mostNamed)]
	}
	o.More = pages.HasMorePages()
	return o, nil
}

// Empty deletes all versions of all objects, page by page.
func (c *Client) Empty(ctx context.Context, bucket string) (deleted int, err error) {
	for {
		page, err := c.s3.ListObjectVersions(ctx, &s3.ListObjectVersionsInput{Bucket: &bucket})
		if isMissing(err) {
			return deleted, nil
		}
		if err != nil {
			return deleted, fmt.Errorf("empty the bucket %s: %w", bucket, err)
		}
		var doomed []types.ObjectIdentifier
		for _, v := range page.Versions {
			doomed = append(doomed, types.ObjectIdentifier{Key: v.Key, VersionId: v.VersionId})
		}
		for _, m := range page.DeleteMarkers {
			doomed = append(doomed, types.ObjectIdentifier{Key: m.Key, VersionId: m.VersionId})
		}
		if len(doomed) == 0 {
			return deleted, nil
		}
		done, err := c.s3.DeleteObjects(ctx, &s3.DeleteObjectsInput{
			Bucket: &bucket, Delete: &types.Delete{Objects: doomed, Quiet: aws.Bool(true)},
		})
		if err != nil {
			return deleted, fmt.Errorf("empty the bucket %s: %w", bucket, err)
		}
		deleted += len(doomed) - len(done.Errors)
		if len(done.Errors) > 0 {
			e := done.Errors[0]
			return deleted, fmt.Errorf("empty the bucket %s: delete %s: %s: %s",
				bucket, aws.ToString(e.Key), aws.ToString(e.Code), aws.ToString(e.Message))
		}
	}
}
