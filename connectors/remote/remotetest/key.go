package remotetest

import (
	"crypto/ed25519"
	"encoding/pem"
	"testing"

	"golang.org/x/crypto/ssh"
)

// NewKey makes a private key as ssh-keygen writes it, with a pass phrase or without, and its
// public half.
func NewKey(t testing.TB, phrase string) (text string, public ssh.PublicKey) {
	t.Helper()
	_, key, err := ed25519.GenerateKey(nil)
	if err != nil {
		t.Fatal(err)
	}
	block, err := ssh.MarshalPrivateKey(key, "crema")
	if phrase != "" {
		block, err = ssh.MarshalPrivateKeyWithPassphrase(key, "crema", []byte(phrase))
	}
	if err != nil {
		t.Fatal(err)
	}
	signer, err := ssh.NewSignerFromKey(key)
	if err != nil {
		t.Fatal(err)
	}
	return string(pem.EncodeToMemory(block)), signer.PublicKey()
}
