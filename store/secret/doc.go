// Package secret seals what must not lie in the store in clear.
package secret
