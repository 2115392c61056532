// Package board runs the real crema, cross-built, on an emulated Raspberry Pi: QEMU's board `virt` with Debian's kernel, which
// needs neither KVM nor root.
package board
