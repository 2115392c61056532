package secret

import (
	"bytes"
	"crypto/aes"
	"crypto/cipher"
	"crypto/sha256"
	"errors"
	"fmt"
)

var (
	// ErrTampered means that what was opened is not what this key sealed in that
	// context: it was altered, cut, moved, or sealed with another key.
	ErrTampered = errors.New("the sealed secret does not open")
	// ErrOtherKey, always together with ErrTampered, means that it names another key:
	// the key file was replaced, or the store comes from another board.
	ErrOtherKey = errors.New("it was sealed with another key file; enter the secret anew")
)

const (
	keySize  = 32 // AES-256
	markSize = 4
	version  = 1
)

// box seals and opens with one key. It is safe for concurrent use.
type box struct {
	aead cipher.AEAD
	id   [sha256.Size]byte // of the key, by which two are told apart; its first bytes are the mark of what it sealed
}

func newBox(key []byte) (*box, error) {
	if len(key) != keySize {
		return nil, fmt.Errorf("a sealing key has %d bytes, not %d", keySize, len(key))
	}
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, fmt.Errorf("sealing key: %w", err)
	}
	aead, err := cipher.NewGCMWithRandomNonce(block)
	if err != nil {
		return nil, fmt.Errorf("sealing key: %w", err)
	}
	return &box{aead: aead, id: sha256.Sum256(append([]byte("crema/store/secret mark\x00"), key...))}, nil
}

// seal encrypts plain and binds it to context, which is needed to open it and may be
// nil. The result is 33 bytes longer: version, the key's mark, nonce, text and tag.
func (b *box) seal(plain, context []byte) []byte {
	head := append([]byte{version}, b.id[:markSize]...)
	return b.aead.Seal(head, nil, plain, associated(head, context))
}

// open decrypts what seal made in the same context. It returns ErrTampered, and
// with it ErrOtherKey where another key sealed it.
func (b *box) open(sealed, context []byte) ([]byte, error) {
	const headSize = 1 + markSize
	if len(sealed) < headSize+b.aead.Overhead() || sealed[0] != version {
		return nil, ErrTampered
	}
	head := sealed[:headSize]
	if !bytes.Equal(head[1:], b.id[:markSize]) {
		return nil, fmt.Errorf("%w: %w", ErrTampered, ErrOtherKey)
	}
	plain, err := b.aead.Open(nil, nil, sealed[headSize:], associated(head, context))
	if err != nil {
		return nil, ErrTampered
	}
	return plain, nil
}

// associated is what the tag covers beside the text. The head has a fixed length,
// so that no two pairs of head and context read the same.
func associated(head, context []byte) []byte {
	return append(head[:len(head):len(head)], context...)
}
