// Package store keeps crema's data in one bbolt file.
package store
