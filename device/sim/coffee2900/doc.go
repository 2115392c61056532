// Package coffee2900 simulates a Coffee 2900.
package coffee2900
