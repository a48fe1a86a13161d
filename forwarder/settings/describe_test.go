package settings

import (
	"reflect"
	"testing"
)

func TestDescribe(t *testing.T) {
	got, operands := Describe(&withOperands{})
	want := []Setting{
		{Name: "T_REGION", Flag: "--t-region", Variable: "T_REGION", Default: "us-west-2", Meaning: "AWS region"},
		{Name: "T_DRY_RUN", Flag: "--t-dry-run", Variable: "T_DRY_RUN", Default: "false", Meaning: "show only", Bool: true},
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got %+v", got)
	}
	if want := (Operands{Usage: "SHELL", Meaning: "the shell (bash, zsh)", Accept: []string{"bash", "zsh"}}); !reflect.DeepEqual(operands, want) {
		t.Errorf("got %+v", operands)
	}
	got, operands = Describe(&Sample{})
	if operands.Usage != "" || !reflect.DeepEqual(got[3].Accept, []string{"binary", "batch"}) || !got[5].Secret {
		t.Errorf("got %+v, %+v", got, operands)
	}
}
