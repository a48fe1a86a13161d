package main

import (
	"context"
	"fmt"
	"io"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/config"

	"github.com/dispatchframework/dispatch-events-aws/terraform"
	"github.com/dispatchframework/dispatch-events-aws/terraform/stack"
)

// open returns the stack that the settings name. The first line of output says in which region it is, and whether an
// emulator is used instead of AWS. Commands whose output is read by programs print their notes to stderr.
func (p *program) open(ctx context.Context, cfg *Config, notes io.Writer) (*stack.Stack, error) {
	s := &stack.Stack{
		Name: cfg.Name, Region: cfg.Region, Modules: terraform.Files, State: cfg.State,
		Program: cfg.Terraform, PluginDir: cfg.PluginDir,
		LockTimeout: cfg.LockTimeout, Report: p.reporter(cfg, notes), Approve: p.approver(cfg.AutoApprove),
	}
	where := fmt.Sprintf("Region %s, from %s", cfg.options.Region, cfg.regionFrom)
	if region := s.Remembered(); cfg.onlyName && cfg.Region == "" && region != "" {
		where = fmt.Sprintf("Region %s, in which this stack was created", region)
	}
	emulator, err := stack.Emulator(ctx)
	if err != nil {
		return nil, err
	}
	if emulator != "" {
		where = emulator + ". " + where
	}
	s.Report.Note(where)
	for _, warning := range cfg.warnings {
		s.Report.Note("warning: " + warning)
	}
	return s, nil
}

func (p *program) reporter(cfg *Config, notes io.Writer) stack.Reporter {
	if cfg.JSON && notes == p.stdout {
		return jsonLines{out: notes}
	}
	return plain{out: notes, paint: paint(p.colours)}
}

// outputs returns the outputs that the last up stored.
func (p *program) outputs(ctx context.Context, cfg *Config) (stack.Outputs, error) {
	s, err := p.open(ctx, cfg, p.stderr)
	if err != nil {
		return nil, err
	}
	return s.Outputs(ctx)
}

// awsOf returns the AWS configuration for a region.
func awsOf(ctx context.Context, region string) (aws.Config, error) {
	cfg, err := config.LoadDefaultConfig(ctx, config.WithRegion(region))
	if err != nil {
		return aws.Config{}, fmt.Errorf("read the AWS configuration: %w", err)
	}
	return cfg, nil
}
