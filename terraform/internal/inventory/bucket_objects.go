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
		for _, object := range versions(page) {
			if o.Count++; o.Count <= mostNamed {
				o.First = append(o.First, aws.ToString(object.Key))
			}
		}
	}
	o.More = pages.HasMorePages()
	return o, nil
}

// versions returns the object versions and the delete markers of a page.
func versions(page *s3.ListObjectVersionsOutput) (all []types.ObjectIdentifier) {
	for _, v := range page.Versions {
		all = append(all, types.ObjectIdentifier{Key: v.Key, VersionId: v.VersionId})
	}
	for _, m := range page.DeleteMarkers {
		all = append(all, types.ObjectIdentifier{Key: m.Key, VersionId: m.VersionId})
	}
	return all
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
		doomed := versions(page)
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
