package connectors_test

import (
	"errors"
	"fmt"
	"time"

	"crema/connectors"
	"crema/store"
)

// A binding links one record of Odoo and one of a backend. The backend's ids are texts:
// "0" is an id like any other.
func ExampleBinder() {
	h, end := exampleHost()
	defer end()
	slots := connectors.NewBinder("kitchen", "product.product")
	synced := time.Date(2026, 6, 1, 12, 0, 0, 0, time.UTC)
	commit(h, func(tx *store.Tx) error {
		return slots.Bind(tx, connectors.Binding{OdooID: 42, External: "0", Synced: synced})
	})

	commit(h, func(tx *store.Tx) error {
		slot, bound, err := slots.ToExternal(tx, 42)
		fmt.Printf("product 42 is slot %q, %v\n", slot, bound)
		product, bound, err2 := slots.ToOdoo(tx, "0")
		fmt.Printf("slot \"0\" is product %d, %v\n", product, bound)
		_, bound, err3 := slots.ToOdoo(tx, "1")
		fmt.Printf("slot \"1\": %v\n", bound)
		return errors.Join(err, err2, err3)
	})
	// Both sides are unique, and a backend with bindings is not deleted.
	commit(h, func(tx *store.Tx) error { return slots.Bind(tx, connectors.Binding{OdooID: 43, External: "0"}) })
	commit(h, func(tx *store.Tx) error {
		has, err := connectors.HasBindings(tx, "kitchen")
		fmt.Println("the kitchen has bindings:", has)
		return err
	})
	// A product that is deleted in Odoo loses them all; what the backends must do is known by value.
	commit(h, func(tx *store.Tx) error {
		gone, err := connectors.ForgetOdoo(tx, "product.product", 42)
		fmt.Println(gone[0].Backend, gone[0].External, err)
		return err
	})
	// Output:
	// product 42 is slot "0", true
	// slot "0" is product 42, true
	// slot "1": false
	// "0" of backend "kitchen" can't be bound to product.product 43: it is bound to 42
	// the kitchen has bindings: true
	// kitchen 0 <nil>
}

// A checkpoint is something that a person must look at: a record, or only a message.
func ExampleCheckpoints() {
	h, end := exampleHost()
	defer end()
	c := h.Checkpoints
	c.OnReview("no_beans", func(_ *store.Tx, p connectors.Checkpoint) error { // sets free what waited for it
		fmt.Println("reviewed:", p.Message)
		return nil
	})
	open := func(p connectors.Checkpoint) {
		commit(h, func(tx *store.Tx) error { _, err := c.OpenCheckpoint(tx, p); return err })
	}
	open(connectors.Checkpoint{Backend: "kitchen", Model: "product.product", Record: "42", Reason: "new_drink"}) // with a record
	open(connectors.Checkpoint{Backend: "kitchen", Reason: "no_beans", Message: "There are no beans left: fill up."})
	open(connectors.Checkpoint{Backend: "kitchen", Reason: "no_beans", Message: "There are still no beans."}) // is that one
	open(connectors.Checkpoint{Backend: "kitchen", Reason: "no_beans_at_all"})                                // about nothing

	commit(h, func(tx *store.Tx) error {
		list, _, err := c.List(tx, connectors.CheckpointFilter{State: connectors.CheckpointOpen})
		for _, p := range list {
			fmt.Println(p.ID, p.Model, p.Record, p.Reason)
		}
		return err
	})
	commit(h, func(tx *store.Tx) error { return c.Review(tx, 2, "Anna") })
	commit(h, func(tx *store.Tx) error { return c.Review(tx, 2, "Anna") })
	// Output:
	// checkpoint "no_beans_at_all" needs a record or a message
	// 1 product.product 42 new_drink
	// 2   no_beans
	// reviewed: There are still no beans.
	// checkpoint 2 is reviewed: the checkpoint is closed already
}
