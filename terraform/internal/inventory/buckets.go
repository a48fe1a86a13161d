package inventory

import (
	"context"
	"fmt"
	"io"
	"net/http"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
)

// mostCounted is how many object versions of a bucket are counted: ten pages.
const mostCounted = 10_000

// Objects names the first few objects of a bucket and counts all of them, up to mostCounted: versions and delete
// markers too, since AWS counts them all. more tells that there are further ones.
func (c *Client) Objects(
	ctx context.Context, bucket string, names int,
) (first []string, count int, more bool, err error) {
	pages := s3.NewListObjectVersionsPaginator(c.s3, &s3.ListObjectVersionsInput{Bucket: &bucket})
	for pages.HasMorePages() && count < mostCounted {
		page, err := pages.NextPage(ctx)
		if codeOf(err) == "NoSuchBucket" {
			return nil, 0, false, nil
		}
		if err != nil {
			return nil, 0, false, fmt.Errorf("look into the bucket %s: %w", bucket, err)
		}
		count += len(page.Versions) + len(page.DeleteMarkers)
		for _, v := range page.Versions {
			first = append(first, aws.ToString(v.Key))
		}
		for _, m := range page.DeleteMarkers {
			first = append(first, aws.ToString(m.Key)+" (deleted)")
		}
		first = first[:min(len(first), names)]
	}
	return first, count, pages.HasMorePages(), nil
}

// Empty deletes all versions of all objects, page by page.
func (c *Client) Empty(ctx context.Context, bucket string) (deleted int, err error) {
	for {
		page, err := c.s3.ListObjectVersions(ctx, &s3.ListObjectVersionsInput{Bucket: &bucket})
		if codeOf(err) == "NoSuchBucket" {
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

// ReadObject is an object of a bucket that may be in another region, nothing when there is none.
func (c *Client) ReadObject(ctx context.Context, region, bucket, key string) ([]byte, error) {
	there := s3.New(c.s3.Options(), func(o *s3.Options) { o.Region = region })
	got, err := there.GetObject(ctx, &s3.GetObjectInput{Bucket: &bucket, Key: &key})
	if statusOf(err) == http.StatusNotFound {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	defer func() { _ = got.Body.Close() }()
	return io.ReadAll(got.Body)
}
