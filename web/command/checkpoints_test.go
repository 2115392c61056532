package command

import (
	"encoding/json"
	"strings"
	"testing"

	"crema/web"
	"crema/web/webtest"
)

func TestCheckpointList(t *testing.T) {
	dir := boardDir(t, webtest.Troubled())
	for name, c := range map[string]struct {
		f    checkpointFilter
		want int
	}{
		"all":      {checkpointFilter{}, 3},
		"state":    {checkpointFilter{State: web.CheckpointOpen}, 2},
		"closed":   {checkpointFilter{State: web.CheckpointClosed}, 1},
		"backend":  {checkpointFilter{Backend: "kitchen"}, 1},
		"record":   {checkpointFilter{Model: "slot", Record: "6"}, 1},
		"reason":   {checkpointFilter{Reason: "no_slot"}, 1},
		"assignee": {checkpointFilter{Assignee: "Ann Example", State: web.CheckpointReviewed}, 0},
		"text":     {checkpointFilter{Text: "CHAI"}, 1},
	} {
		out, err := run(t, dir, true, checkpointList{Limit: 100, checkpointFilter: c.f})
		var list []web.Checkpoint
		if err != nil || json.Unmarshal([]byte(out), &list) != nil || len(list) != c.want {
			t.Errorf("%s: %s, %v, want %d", name, out, err, c.want)
		}
	}
	out, err := run(t, dir, false, checkpointList{Limit: 2})
	for _, want := range []string{"--all lists them", "unknown_slot", "slot 6", "Slot 6 is enabled"} {
		if err != nil || !strings.Contains(out, want) || strings.Contains(out, "Name a product so") {
			t.Errorf("checkpoint list does not say %q: %v\n%s", want, err, out)
		}
	}
	for _, bad := range []checkpointList{{Limit: 0}, {Limit: 1, checkpointFilter: checkpointFilter{State: "done"}}} {
		if bad.Validate() == nil {
			t.Errorf("%+v is taken", bad)
		}
	}
}

func TestCheckpointShow(t *testing.T) {
	dir := boardDir(t, webtest.Troubled())
	for id, wants := range map[string][]string{
		"3": {"no_slot", "product.product 47", "assigned to", "Ann Example", "all 4 are taken", "or archive a drink"},
		"1": {"reviewed by", "Ann Example", "closed"},
	} {
		out, err := run(t, dir, false, checkpointShow{ID: id})
		for _, want := range wants {
			if err != nil || !strings.Contains(out, want) {
				t.Errorf("checkpoint show %s does not say %q: %v\n%s", id, want, err, out)
			}
		}
	}
	if _, err := run(t, dir, false, checkpointShow{ID: "99"}); err == nil || !strings.Contains(err.Error(), "99") {
		t.Errorf("checkpoint show 99 = %v", err)
	}
}

func TestCheckpointChange(t *testing.T) {
	b := webtest.Troubled()
	dir := boardDir(t, b)
	for _, c := range []struct {
		do   runner
		want string
	}{
		{checkpointAssign{ID: "2", To: "Bob"}, "checkpoint 2 is for Bob\n"},
		{checkpointAssign{ID: "2"}, "checkpoint 2 is nobody's\n"},
		{checkpointReview{IDs: []string{"2"}, By: "Bob"}, "checkpoint 2 is reviewed\n"},
		{checkpointAnswer{ID: "3", Answer: "slot", Value: "4", By: "Ann"}, "checkpoint 3 is reviewed\n"},
		{checkpointReview{checkpointFilter: checkpointFilter{Backend: "lobby"}, Yes: true}, "0 checkpoints reviewed\n"},
		{checkpointReview{All: true, Yes: true}, "0 checkpoints reviewed\n"},
	} {
		if out, err := run(t, dir, false, c.do); err != nil || out != c.want {
			t.Errorf("%+v = %q, %v, want %q", c.do, out, err, c.want)
		}
	}
	out, err := run(t, dir, false, checkpointReview{IDs: []string{"99", "2"}})
	if err == nil || !strings.Contains(err.Error(), "99") || !strings.Contains(err.Error(), "reviewed already") || out != "" {
		t.Errorf("review 99 2 = %q, %v", out, err)
	}
	want := `assign 2 to Bob|assign 2 to |review 2 by Bob|answer 3: slot "4" by Ann|review all [state  backend lobby model  record  reason  assignee  text ] by api|review all [state  backend  model  record  reason  assignee  text ] by api`
	if got := strings.Join(b.Done(), "|"); got != want {
		t.Errorf("the board was asked for %s, want %s", got, want)
	}
	for name, c := range map[string]struct {
		r    checkpointReview
		want string
	}{
		"nothing":       {checkpointReview{}, "--reason=no_slot"},
		"both":          {checkpointReview{IDs: []string{"1"}, checkpointFilter: checkpointFilter{Reason: "a"}}, "not both"},
		"filter or all": {checkpointReview{All: true, checkpointFilter: checkpointFilter{Reason: "a"}}, "not both"},
		"a wrong state": {checkpointReview{checkpointFilter: checkpointFilter{State: "broken"}}, "the states are"},
	} {
		if err := c.r.Validate(); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, want %q", name, err, c.want)
		}
	}
}
