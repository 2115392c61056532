package secret

import (
	"bytes"
	"crypto/rand"
	"errors"
	"testing"
)

func newKey(t *testing.T) *box {
	t.Helper()
	key := make([]byte, keySize)
	_, _ = rand.Read(key)
	b, err := newBox(key)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestSealedOpensOnlyAsItWasSealed(t *testing.T) {
	box, other := newKey(t), newKey(t)
	plain, context := []byte("correct horse"), []byte("backend kitchen")
	sealed := box.seal(plain, context)
	if got, err := box.open(sealed, context); err != nil || !bytes.Equal(got, plain) {
		t.Fatalf("Open = %q, %v, want %q", got, err, plain)
	}
	if bytes.Contains(sealed, plain) {
		t.Error("the plain text stands in what was sealed")
	}
	if again := box.seal(plain, context); bytes.Equal(again, sealed) {
		t.Error("sealed twice the same: the nonce is not random")
	}
	if _, err := box.open(sealed, []byte("backend kitchen2")); !errors.Is(err, ErrTampered) {
		t.Errorf("in another context: %v, want ErrTampered", err)
	}
	if _, err := other.open(sealed, context); !errors.Is(err, ErrTampered) || !errors.Is(err, ErrOtherKey) {
		t.Errorf("with another key: %v, want ErrTampered and ErrOtherKey", err)
	}
	for i := range sealed {
		for bit := range 8 {
			bad := bytes.Clone(sealed)
			bad[i] ^= 1 << bit
			if _, err := box.open(bad, context); !errors.Is(err, ErrTampered) {
				t.Fatalf("bit %d of byte %d turned over: %v, want ErrTampered", bit, i, err)
			}
		}
		if _, err := box.open(sealed[:i], context); !errors.Is(err, ErrTampered) {
			t.Fatalf("cut to %d bytes: %v, want ErrTampered", i, err)
		}
	}
}

func TestEmptySecretSeals(t *testing.T) {
	box := newKey(t)
	sealed := box.seal(nil, nil)
	if got, err := box.open(sealed, nil); err != nil || len(got) != 0 {
		t.Fatalf("Open = %q, %v", got, err)
	}
}
