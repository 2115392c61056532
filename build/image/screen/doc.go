// Package screen is the screen at a board of the image, which nothing else may depend on.
package screen
