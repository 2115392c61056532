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
//   - START is heard when it rises, and is obeyed as BR is: on a locked panel too, and where
//     BR would be refused it does nothing. Its cup is one of the controller's.
//   - Until somebody chose a drink on the panel, the one chosen last is that of slot 0.
//   - INHIBIT stops the panel for as long as it is low, whatever LK said.
//   - RESET restarts the machine when it was low for a second, once, however long it stays so.
//
// # What is simplified
//
// It answers at once. Each cup uses some beans and water and fills the grounds drawer;
// somebody tends to them before they run out, so that a simulation goes on by
// itself: use Alarm to see them empty. Who wants the GPIO header asks for one ([Machine.Header]);
// without it cups need no water to run.
package coffee1900
