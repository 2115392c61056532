// Package coffee1900 simulates the Coffee 1900 as its maker's manual describes it
// (firmware 2.x), byte for byte, to any controller. Its codec is its own.
//
// # Where the manual leaves a choice
//
//   - An alarm that was acknowledged while its cause was there clears when the cause
//     goes; raised again, it wants a new acknowledgement.
//   - The alarms 0004 to 0080 make state E for as long as they are set.
//   - While a cup is being made the state is B, whatever else is wrong.
//   - WS answers 08 while the memory fault (0080) has its cause.
//   - A request ended by a lone CR counts as two bytes of end in the 96.
//   - A byte that no body may have, under a right check, is a bad field (03).
//
// # What is simplified
//
// It answers at once. Each cup uses some beans and water and fills the grounds drawer;
// somebody tends to them before they run out, so that a simulation goes on by
// itself: use Alarm to see them empty. Nothing is simulated of the GPIO header.
package coffee1900
