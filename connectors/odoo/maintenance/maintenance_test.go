package maintenance_test

import (
	"errors"
	"fmt"
	"net/http/httptest"
	"slices"
	"testing"

	"crema/connectors/odoo"
	"crema/connectors/odoo/maintenance"
	"crema/connectors/odoo/standin"
)

const key = "0123456789abcdef0123456789abcdef01234567"

func furnished(t *testing.T) (*standin.Server, *odoo.Client) {
	t.Helper()
	erp := standin.New(standin.Options{Key: key})
	server := httptest.NewServer(erp)
	t.Cleanup(server.Close)
	c, err := odoo.New(odoo.Config{URL: server.URL, Key: func() (string, error) { return key, nil }})
	if err != nil {
		t.Fatal(err)
	}
	return erp, c
}

// TestEquipment: it is made once under its external id, found by its serial number also when it is archived, and never
// a second one of a number.
func TestEquipment(t *testing.T) {
	erp, c := furnished(t)
	e := maintenance.Equipment{External: "crema.equipment_29-1", Name: "Kitchen", Serial: "29-1", Location: "2nd floor"}
	if id, err := maintenance.FindEquipment(t.Context(), c, e.Serial); id != 0 || err != nil {
		t.Fatalf("found %d, %v", id, err)
	}
	made, err := maintenance.LoadEquipment(t.Context(), c, e)
	again, errAgain := maintenance.LoadEquipment(t.Context(), c, e)
	if err := errors.Join(err, errAgain); err != nil || made != again {
		t.Fatalf("made %d, then %d: %v", made, again, err)
	}
	erp.Set("maintenance.equipment", made, standin.Values{"active": false})
	if id, err := maintenance.FindEquipment(t.Context(), c, e.Serial); id != made || err != nil {
		t.Errorf("found %d, %v; want %d", id, err, made)
	}
	e.External = "crema.other"
	if _, err := maintenance.LoadEquipment(t.Context(), c, e); !isRefused(err) {
		t.Errorf("a second one of the serial number: %v", err)
	}
}

func isRefused(err error) bool {
	_, is := errors.AsType[*odoo.LoadError](err)
	return is
}

// TestRequests: many in one call, the same again changes nothing, and all of them can be found with their external ids.
func TestRequests(t *testing.T) {
	erp, c := furnished(t)
	equipment, err := maintenance.LoadEquipment(t.Context(), c, maintenance.Equipment{External: "crema.e", Name: "Kitchen", Serial: "29-1"})
	if err != nil {
		t.Fatal(err)
	}
	var list []maintenance.New
	for i := range 1100 {
		list = append(list, maintenance.New{External: fmt.Sprintf("crema.alarm_%d", i), Equipment: equipment, Name: "no water", Priority: "3", Description: "<p>since</p>"})
	}
	ids, err := maintenance.Load(t.Context(), c, list)
	again, errAgain := maintenance.Load(t.Context(), c, list)
	if err := errors.Join(err, errAgain); err != nil || !slices.Equal(ids, again) || len(ids) != len(list) {
		t.Fatalf("%d ids, then %d: %v", len(ids), len(again), err)
	}
	open, done, err := maintenance.Stages(t.Context(), c)
	if err != nil || open != 1 || done != 3 {
		t.Fatalf("stages %d and %d, %v", open, done, err)
	}
	if err := maintenance.SetStage(t.Context(), c, ids[:2], done); err != nil {
		t.Fatal(err)
	}
	if err := maintenance.Describe(t.Context(), c, []string{list[1].External}, []string{"<p>gone</p>"}); err != nil {
		t.Fatal(err)
	}
	erp.Insert("maintenance.request", 0, standin.Values{"name": "by a person", "equipment_id": equipment, "stage_id": 1})
	all, externals, err := maintenance.All(t.Context(), c, equipment)
	if err != nil || len(all) != 1101 || externals[all[1100].ID] != "" || externals[ids[7]] != "crema.alarm_7" {
		t.Fatalf("%d requests, %v", len(all), err)
	}
	some, err := maintenance.Read(t.Context(), c, []int64{ids[1], ids[2], 99_999})
	want := []maintenance.Request{{ID: ids[1], Description: "<p>gone</p>", Done: true}, {ID: ids[2], Description: "<p>since</p>"}}
	if err != nil || !slices.Equal(some, want) {
		t.Errorf("read %+v, %v; want %+v", some, err, want)
	}
	if n := erp.Calls("maintenance.request/load"); n != 3 {
		t.Errorf("%d calls of load, want 3", n)
	}
}

// TestNotInstalled: without Maintenance, or without its rights, a person must act.
func TestNotInstalled(t *testing.T) {
	erp, c := furnished(t)
	erp.UninstallMaintenance()
	if _, err := maintenance.FindEquipment(t.Context(), c, "29-1"); odoo.ClassOf(err) != odoo.Denied {
		t.Errorf("FindEquipment = %v, want a denial", err)
	}
}
