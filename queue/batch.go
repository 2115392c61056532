package queue

// BatchID names a batch; 0 is none.
type BatchID uint64
