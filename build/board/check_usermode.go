package board

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

// checkUserMode runs what is built for the oldest boards (GOARM=6) on their processor, an ARM1176, by the emulator of programs:
// crema itself, and tests of the serial line. The control are these tests, built for newer ones (GOARM=7): they must die there
// of an instruction that it doesn't have.
func checkUserMode(ctx context.Context, r *rig) error {
	old, err := r.arm(ctx, "6", "build", ".")
	if err != nil {
		return err
	}
	says, err := onARM1176(ctx, old, "version")
	if err != nil {
		return fmt.Errorf("GOARM=6: crema version: %w", err)
	}
	r.say("GOARM=6: %s", strings.TrimSpace(says))
	tests, err := r.arm(ctx, "6", "test", "./device/serial")
	if err != nil {
		return err
	}
	if says, err = onARM1176(ctx, tests, "-test.v", "-test.run", "TestEveryByteBothWays|TestDeadline"); err != nil {
		return fmt.Errorf("GOARM=6: a serial line: %w", err)
	}
	if !strings.Contains(says, "--- PASS: TestEveryByteBothWays") {
		return fmt.Errorf("GOARM=6: the test of a serial line didn't run: %s", says)
	}
	r.say("GOARM=6: a serial line takes every byte both ways")
	newer, err := r.arm(ctx, "7", "test", "./device/serial")
	if err != nil {
		return err
	}
	if _, err = onARM1176(ctx, newer, "-test.run", "TestDeadline"); err == nil || !strings.Contains(err.Error(), "llegal instruction") {
		return fmt.Errorf("the control: a build for GOARM=7 doesn't die of an instruction that an ARM1176 lacks: %v", err)
	}
	r.say("control: GOARM=7: %v", err)
	return nil
}

// arm builds a program, or a package's tests, for a generation of 32-bit ARM.
func (r *rig) arm(ctx context.Context, generation, what, pkg string) (path string, err error) {
	path = filepath.Join(r.dir, "arm"+generation+"-"+what+"-"+filepath.Base(pkg))
	args := []string{"build", "-trimpath", "-tags", "timetzdata", "-ldflags=-s -w", "-o", path, pkg}
	if what == "test" {
		args = []string{"test", "-c", "-o", path, pkg}
	}
	cmd := exec.CommandContext(ctx, "go", args...)
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0", "GOOS=linux", "GOARCH=arm", "GOARM="+generation)
	if says, err := cmd.CombinedOutput(); err != nil {
		return "", fmt.Errorf("build of %s for GOARM=%s: %w: %s", pkg, generation, err, says)
	}
	return path, nil
}

// onARM1176 runs a program as a Pi 1 or Zero does.
func onARM1176(ctx context.Context, program string, args ...string) (string, error) {
	emulator, err := lookUp(userEmulator)
	if err != nil {
		return "", err
	}
	cmd := exec.CommandContext(ctx, emulator, append([]string{"-cpu", "arm1176", program}, args...)...)
	cmd.Dir = filepath.Dir(program)
	says, err := cmd.CombinedOutput()
	if err != nil {
		lines := strings.SplitAfter(strings.TrimSpace(string(says)), "\n")
		return "", fmt.Errorf("%w: %s", err, strings.Join(lines[max(0, len(lines)-5):], ""))
	}
	return string(says), nil
}
