"""What debugpy debugs in the calibration of the suite: rounds that are counted, frames, a long list and output."""
import sys

def add(n, total):
    total = total + n
    total = total + 0
    return total

def main(rounds):
    big = list(range(300))
    total = 0
    n = 0
    while n != rounds:
        n = n + 1
        total = add(n, total)
    print("the sum is", total, flush=True)

main(int(sys.argv[1]))
