package queue

import (
	"encoding/json"
	"fmt"
	"math"
	"reflect"
	"strings"
	"testing"
	"time"
)

// fullRecord has a value in every field.
func fullRecord() *stored {
	s := new(stored)
	v := reflect.ValueOf(s).Elem()
	for i := range v.NumField() {
		switch f := v.Field(i); f.Kind() {
		case reflect.String:
			f.SetString(v.Type().Field(i).Name)
		case reflect.Int, reflect.Int64:
			f.SetInt(int64(-i - 1))
		case reflect.Uint64:
			f.SetUint(uint64(i) + math.MaxUint32)
		case reflect.Bool:
			f.SetBool(true)
		case reflect.Slice:
			if f.Type() == reflect.TypeFor[json.RawMessage]() {
				f.SetBytes([]byte(`{"a":1}`))
			} else {
				f.Set(reflect.ValueOf([]ID{1, 1 << 40, ID(i)}))
			}
		case reflect.Map:
			f.Set(reflect.ValueOf(map[string]string{"language": "de", "": "x"}))
		default:
			panic("a field of a kind that this test doesn't know: " + v.Type().Field(i).Name)
		}
	}
	return s
}

// A field that is not in the list of fields would be lost: every one, alone and with all others, comes back.
func TestRecordKeepsEveryField(t *testing.T) {
	same := func(s *stored) {
		t.Helper()
		b, err := s.AppendBinary(nil)
		if err != nil {
			t.Fatal(err)
		}
		var got stored
		if err := got.UnmarshalBinary(b); err != nil {
			t.Fatal(err)
		}
		if !reflect.DeepEqual(got, *s) {
			t.Errorf("%+v came back as %+v", *s, got)
		}
		for cut := range len(b) {
			if new(stored).UnmarshalBinary(b[:cut]) == nil {
				t.Errorf("%d of %d bytes were taken for a record", cut, len(b))
			}
		}
	}
	same(&stored{})
	full := fullRecord()
	same(full)
	for i := range reflect.TypeFor[stored]().NumField() {
		one := new(stored)
		reflect.ValueOf(one).Elem().Field(i).Set(reflect.ValueOf(full).Elem().Field(i))
		same(one)
	}
	for _, n := range []int64{math.MinInt64, -1, 1, math.MaxInt64} {
		same(&stored{Order: n})
	}
	same(&stored{Lease: math.MaxUint64, Graph: math.MaxUint64})
}

func TestRecordOfANewerProgramIsNamed(t *testing.T) {
	b, _ := fullRecord().AppendBinary(nil)
	newer := append([]byte(nil), b...)
	newer[0]++
	if err := new(stored).UnmarshalBinary(newer); err == nil || !strings.Contains(err.Error(), "version 2") {
		t.Errorf("err = %v, want the version named", err)
	}
	more := append([]byte(nil), b...)
	more[1] |= 0x80
	if err := new(stored).UnmarshalBinary(more); err == nil || !strings.Contains(err.Error(), "fields") {
		t.Errorf("err = %v, want the unknown field told", err)
	}
	if err := new(stored).UnmarshalBinary(append(b, 0)); err == nil {
		t.Error("a byte too many was taken")
	}
}

func BenchmarkRecord(b *testing.B) {
	s := stored{Kind: "coffee.sales", Version: 1, Args: []byte(`{"backend":"kitchen"}`), Channel: "root.sales", Priority: 10, Order: 1 << 50, State: StateStarted, Home: homeRun,
		Lease: 3, Attempt: 1, Max: 5, MaxAge: 1 << 53, Since: 1 << 50, Created: 1 << 60, Started: 1 << 60, Born: 1 << 50, Began: 1 << 50, Boot: fmt.Sprint(time.Hour), Identity: "sales/kitchen", Backend: "kitchen"}
	b.Run("json", func(b *testing.B) {
		for b.Loop() {
			raw, err := json.Marshal(&s)
			if err == nil {
				err = json.Unmarshal(raw, new(stored))
			}
			if err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("binary", func(b *testing.B) {
		for b.Loop() {
			raw, err := s.AppendBinary(nil)
			if err == nil {
				err = new(stored).UnmarshalBinary(raw)
			}
			if err != nil {
				b.Fatal(err)
			}
		}
	})
}

// plainClock stands still.
type plainClock struct{}

func (plainClock) Now() time.Time           { return time.Date(2026, 6, 1, 12, 0, 0, 0, time.UTC) }
func (plainClock) Board() time.Duration     { return time.Hour }
func (plainClock) Trusted() bool            { return true }
func (plainClock) Changed() <-chan struct{} { return nil }
func (plainClock) BootID() string           { return "boot" }

// A program from before a field can't read records that have it, and a queue that can't read a job does nothing: so the file must say that it
// is a newer program's, as a migration makes it do.
func TestNewFieldTakesAMigration(t *testing.T) {
	c := coder{}
	new(stored).fields(&c)
	const first = 49
	if c.n != first {
		t.Errorf("a record has %d fields, and had %d at schema 1: add a migration to main.migrations, and then say so here", c.n, first)
	}
}
