#!/usr/bin/env python3
"""Speaks texts.toml with SVOX Pico and writes <language>/<prompt>.ulaw: 8 kHz, mono, mu-law, no header.

Needs Python 3.11 or newer and:
    pip install setuptools wheel
    pip install --no-build-isolation ttspico==0.3.2

Each prompt is cut off above 3.4 kHz before it goes down to 8 kHz, brought to -20 dBFS RMS (less where its peaks would
clip), and freed of the silence around it. Run it in this folder's repository after a change of texts.toml:
    python3 src/media/prompts/make.py
"""

import math
import pathlib
import struct
import tomllib

import ttspico

HERE = pathlib.Path(__file__).resolve().parent
VOICES = {"en": "en-GB", "it": "it-IT", "de": "de-DE", "fr": "fr-FR", "es": "es-ES"}

SPOKEN_RATE = 16_000
PASS_BAND_HZ = 3_400
FILTER_TAPS = 127
TARGET_RMS = 10 ** (-20 / 20)
HIGHEST_PEAK = 10 ** (-1 / 20)
SILENCE_BELOW = 10 ** (-40 / 20)
LEAD_SECONDS = 0.06
TAIL_SECONDS = 0.12


def low_pass():
    """A windowed sinc whose stop band begins below 4 kHz."""
    cutoff = (PASS_BAND_HZ + 150) / SPOKEN_RATE
    middle = (FILTER_TAPS - 1) / 2
    taps = []
    for i in range(FILTER_TAPS):
        x = i - middle
        sinc = 2 * cutoff if x == 0 else math.sin(2 * math.pi * cutoff * x) / (math.pi * x)
        window = 0.54 - 0.46 * math.cos(2 * math.pi * i / (FILTER_TAPS - 1))
        taps.append(sinc * window)
    whole = sum(taps)
    return [tap / whole for tap in taps]


def to_8_khz(samples, taps):
    """Filters, keeping every second sample."""
    margin = len(taps) // 2
    padded = [0.0] * margin + samples + [0.0] * margin
    return [
        sum(tap * sample for tap, sample in zip(taps, padded[at : at + len(taps)]))
        for at in range(0, len(samples), 2)
    ]


def level(samples):
    """Brings the spoken part to the target, or as near as the peaks allow."""
    loud = [s for s in samples if abs(s) > SILENCE_BELOW / 4]
    rms = math.sqrt(sum(s * s for s in loud) / len(loud))
    peak = max(abs(s) for s in samples)
    gain = min(TARGET_RMS / rms, HIGHEST_PEAK / peak)
    return [s * gain for s in samples]


def trim(samples):
    """Leaves a breath before and after the words; silence where the voice drew none."""
    lead, tail = int(LEAD_SECONDS * 8_000), int(TAIL_SECONDS * 8_000)
    samples = [0.0] * lead + samples + [0.0] * tail
    loud = [i for i, s in enumerate(samples) if abs(s) > SILENCE_BELOW]
    return samples[loud[0] - lead : loud[-1] + tail]


def ulaw(sample):
    """One sample in -1..1 as a G.711 byte."""
    value = int(round(max(-1.0, min(1.0, sample)) * 32_767))
    sign = 0x80 if value < 0 else 0
    magnitude = min(abs(value), 32_635) + 0x84
    segment = magnitude.bit_length() - 8
    step = (magnitude >> (segment + 3)) & 0x0F
    return ~(sign | segment << 4 | step) & 0xFF


def main():
    taps = low_pass()
    for language, prompts in tomllib.loads((HERE / "texts.toml").read_text("utf-8")).items():
        (HERE / language).mkdir(exist_ok=True)
        for name, text in prompts.items():
            # A fresh voice for each: what it has said before colours what it says next.
            spoken = ttspico.TtsEngine(VOICES[language]).speak(text)
            samples = [s / 32_768 for (s,) in struct.iter_unpack("<h", spoken)]
            sound = trim(level(to_8_khz(samples, taps)))
            (HERE / language / f"{name}.ulaw").write_bytes(bytes(ulaw(s) for s in sound))
            print(f"{language}/{name}: {len(sound) / 8_000:.2f} s")


if __name__ == "__main__":
    main()
