package remote

import (
	"errors"
	"fmt"
	"io/fs"

	"golang.org/x/crypto/ssh"

	"crema/connectors"
)

// LoginError is a system that does not let crema in: the right one, as it has proved.
type LoginError struct {
	User string
	Err  error
}

func (e *LoginError) Error() string {
	return fmt.Sprintf("the login of %q was refused: %v", e.User, e.Err)
}

func (e *LoginError) Unwrap() error { return e.Err }

// login are the ways to log in that the backend's secrets give: the private key, then the
// password, which is also the answer where the system asks for it in a dialogue.
func login(w *connectors.Work) ([]ssh.AuthMethod, error) {
	var auth []ssh.AuthMethod
	key, err := secret(w, privateKey)
	if err != nil {
		return nil, err
	}
	if key != "" {
		phrase, err := secret(w, passPhrase)
		if err != nil {
			return nil, err
		}
		signer, err := parseKey(key, phrase)
		if err != nil {
			return nil, err
		}
		auth = append(auth, ssh.PublicKeys(signer))
	}
	word, err := secret(w, password)
	if err != nil {
		return nil, err
	}
	if word != "" {
		auth = append(auth, ssh.Password(word), ssh.KeyboardInteractive(answer(word)))
	}
	if len(auth) == 0 {
		return nil, &connectors.SettingError{Setting: password, Wrong: "there is neither a password nor a private key", Fix: "enter one of them"}
	}
	return auth, nil
}

// answer gives the password to the one question whose answer is not shown, once.
func answer(word string) ssh.KeyboardInteractiveChallenge {
	asked := false
	return func(_, _ string, questions []string, shown []bool) ([]string, error) {
		if len(questions) == 0 {
			return nil, nil
		}
		if asked || len(questions) > 1 || shown[0] {
			return nil, errors.New("the system asks for more than a password")
		}
		asked = true
		return []string{word}, nil
	}
}

// parseKey reads a private key. Nothing of it is in the errors.
func parseKey(key, phrase string) (ssh.Signer, error) {
	signer, err := ssh.ParsePrivateKey([]byte(key))
	if missing := new(ssh.PassphraseMissingError); errors.As(err, &missing) {
		if phrase == "" {
			return nil, &connectors.SettingError{Setting: passPhrase, Wrong: "the private key has one, and none is entered", Fix: "enter it"}
		}
		if signer, err = ssh.ParsePrivateKeyWithPassphrase([]byte(key), []byte(phrase)); err != nil {
			return nil, &connectors.SettingError{Setting: passPhrase, Wrong: "it does not open the private key", Fix: "enter the right one"}
		}
	}
	if err != nil {
		return nil, &connectors.SettingError{Setting: privateKey, Wrong: "it is no private key that can be read",
			Fix: "enter it whole, as ssh-keygen writes it, from -----BEGIN to the end"}
	}
	return signer, nil
}

// secret opens a secret setting; "" where there is none.
func secret(w *connectors.Work, setting string) (string, error) {
	value, err := w.Secrets.Secret(w.Backend.Name, setting)
	if errors.Is(err, fs.ErrNotExist) {
		return "", nil
	}
	return value, err
}
