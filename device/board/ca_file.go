package board

import (
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
)

// CAFile names a file with certificates of authorities, as PEM.
type CAFile struct {
	// Path is absolute, or relative to the working directory; "" where none is named.
	Path string
	// Position is where the configuration names it.
	Position Position
}

// caMax is several times what a whole system trusts.
const caMax = 4 << 20

// Pool reads the file's certificates; nil where no file is named. The error is a
// *Problem with the position where the file is named.
func (f CAFile) Pool() (*x509.CertPool, error) {
	if f.Path == "" {
		return nil, nil
	}
	text, err := readFile(f.Path, caMax)
	pool, n := x509.NewCertPool(), 0
	for err == nil {
		var block *pem.Block
		if block, text = pem.Decode(text); block == nil {
			break
		}
		if block.Type != "CERTIFICATE" {
			err = fmt.Errorf("it has a block of type %q", block.Type)
			break
		}
		var cert *x509.Certificate
		if cert, err = x509.ParseCertificate(block.Bytes); err == nil {
			pool.AddCert(cert)
			n++
		}
	}
	if err == nil && n == 0 {
		err = errors.New("it has no certificate")
	}
	if err != nil {
		return nil, &Problem{f.Position, fmt.Sprintf("%s can't be used: %v", f.Path, cause(err)), "write the certificates of the authority into this file, each from BEGIN CERTIFICATE to END CERTIFICATE"}
	}
	return pool, nil
}
