// Command guest is the first process of the emulated board. It does what an image for a real board does around crema: it loads
// the kernel's modules, brings the network up, mounts the disks, starts crema and starts it again when it ends. Beside that it
// does on the board what the host asks for on a virtio port, since the host can't reach in: see agent.go. It knows nothing of
// crema but how to start it.
//
// The kernel's command line says how: crema_data is the file system of the data disk, empty where all is in memory, crema_net the network interface that is
// waited for, and crema_program the program that is started, with its arguments; none is started where that is empty.
package main
