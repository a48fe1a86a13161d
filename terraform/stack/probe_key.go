package stack

import (
	"context"
	"errors"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/aws/aws-sdk-go-v2/service/kms/types"
)

// findKey looks for a key of this description. Keys have no names, so all that can be used are looked at: only a run
// that creates one does so.
func (c *cloud) findKey(ctx context.Context, description string) (*existing, error) {
	pages := kms.NewListKeysPaginator(c.keys, &kms.ListKeysInput{})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return nil, err
		}
		for _, key := range page.Keys {
			found, err := c.matchKey(ctx, key.KeyId, description)
			if found != nil || err != nil {
				return found, err
			}
		}
	}
	return nil, nil
}

func (c *cloud) matchKey(ctx context.Context, id *string, description string) (*existing, error) {
	key, err := c.keys.DescribeKey(ctx, &kms.DescribeKeyInput{KeyId: id})
	if codeOf(err) == "AccessDeniedException" {
		return nil, nil // somebody else's
	}
	if err != nil {
		return nil, err
	}
	if aws.ToString(key.KeyMetadata.Description) != description || key.KeyMetadata.KeyState != types.KeyStateEnabled {
		return nil, nil // a deleted key lingers for a week, and can be no one's
	}
	tags, err := c.keys.ListResourceTags(ctx, &kms.ListResourceTagsInput{KeyId: id})
	if err != nil {
		return nil, err
	}
	found := &existing{id: *id}
	for _, t := range tags.Tags {
		found.see(aws.ToString(t.TagKey), aws.ToString(t.TagValue))
	}
	if found.stack == "" {
		return nil, nil // a description is not a name: another key may well have it
	}
	return found, nil
}

// findAlias takes the tags of the key that the alias stands for, having none of its own. Whoever may look only at the
// keys of this stack is refused where it stands for none.
func (c *cloud) findAlias(ctx context.Context, name string) (*existing, error) {
	key, err := c.keys.DescribeKey(ctx, &kms.DescribeKeyInput{KeyId: &name})
	if missing := new(types.NotFoundException); errors.As(err, &missing) || codeOf(err) == "AccessDeniedException" {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	tags, err := c.keys.ListResourceTags(ctx, &kms.ListResourceTagsInput{KeyId: key.KeyMetadata.KeyId})
	if err != nil {
		return nil, err
	}
	found := &existing{id: name, tagged: true}
	for _, t := range tags.Tags {
		found.see(aws.ToString(t.TagKey), aws.ToString(t.TagValue))
	}
	return found, nil
}
