//! A picture of 128 by 64 dots, each lit or dark: drawn with embedded-graphics, shown on the screen or the status page.

use std::convert::Infallible;
use std::fmt;

use embedded_graphics::Pixel;
use embedded_graphics::draw_target::DrawTarget;
use embedded_graphics::geometry::{OriginDimensions, Size};
use embedded_graphics::pixelcolor::BinaryColor;

/// A picture of 128 by 64 dots.
#[derive(Clone, PartialEq, Eq)]
pub struct Framebuffer {
    /// Row by row from the top, eight dots a byte, the leftmost in the highest bit.
    rows: [[u8; ROW_BYTES]; HEIGHT],
}

impl Default for Framebuffer {
    fn default() -> Framebuffer {
        Framebuffer { rows: [[0; ROW_BYTES]; HEIGHT] }
    }
}

impl Framebuffer {
    /// Whether the dot in this column and row is lit; a dot outside is dark.
    pub fn is_lit(&self, x: usize, y: usize) -> bool {
        let byte = self.rows.get(y).and_then(|row| row.get(x / 8));
        byte.is_some_and(|byte| byte & (0x80 >> (x % 8)) != 0)
    }

    /// The picture as a BMP file of one bit a dot, which every browser shows.
    pub fn to_bmp(&self) -> Vec<u8> {
        const HEADERS: u32 = 14 + 40 + 2 * 4;
        const PICTURE: u32 = (ROW_BYTES * HEIGHT) as u32;
        let mut file = Vec::with_capacity((HEADERS + PICTURE) as usize);
        file.extend_from_slice(b"BM");
        for number in [HEADERS + PICTURE, 0, HEADERS, 40, WIDTH as u32, HEIGHT as u32] {
            file.extend_from_slice(&number.to_le_bytes());
        }
        // One plane, one bit a dot; then no compression, the size, the density, two colours.
        file.extend_from_slice(&[1, 0, 1, 0]);
        for number in [0, PICTURE, 2_835, 2_835, 2, 2] {
            file.extend_from_slice(&u32::to_le_bytes(number));
        }
        file.extend_from_slice(&DARK_BGR0);
        file.extend_from_slice(&LIT_BGR0);
        for row in self.rows.iter().rev() {
            file.extend_from_slice(row);
        }
        file
    }

    fn set(&mut self, x: usize, y: usize, colour: BinaryColor) {
        let Some(byte) = self.rows.get_mut(y).and_then(|row| row.get_mut(x / 8)) else { return };
        let dot = 0x80 >> (x % 8);
        match colour {
            BinaryColor::On => *byte |= dot,
            BinaryColor::Off => *byte &= !dot,
        }
    }
}

impl DrawTarget for Framebuffer {
    type Color = BinaryColor;
    type Error = Infallible;

    fn draw_iter<I>(&mut self, pixels: I) -> Result<(), Infallible>
    where
        I: IntoIterator<Item = Pixel<BinaryColor>>,
    {
        for Pixel(point, colour) in pixels {
            // What falls outside, left and above included, is cut off.
            if let (Ok(x), Ok(y)) = (usize::try_from(point.x), usize::try_from(point.y)) {
                self.set(x, y, colour);
            }
        }
        Ok(())
    }
}

impl OriginDimensions for Framebuffer {
    fn size(&self) -> Size {
        Size::new(WIDTH as u32, HEIGHT as u32)
    }
}

/// The picture in half blocks, two rows of dots a line.
impl fmt::Display for Framebuffer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for y in (0..HEIGHT).step_by(2) {
            let letter = |x| match (self.is_lit(x, y), self.is_lit(x, y + 1)) {
                (false, false) => ' ',
                (true, false) => '▀',
                (false, true) => '▄',
                (true, true) => '█',
            };
            let line: String = (0..WIDTH).map(letter).collect();
            writeln!(f, "{}", line.trim_end())?;
        }
        Ok(())
    }
}

impl fmt::Debug for Framebuffer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let lit: u32 = self.rows.iter().flatten().map(|byte| byte.count_ones()).sum();
        write!(f, "Framebuffer({lit} dots lit)")
    }
}

/// Dots in a row.
pub const WIDTH: usize = 128;
/// Rows.
pub const HEIGHT: usize = 64;

const ROW_BYTES: usize = WIDTH / 8;
const DARK_BGR0: [u8; 4] = [0x1A, 0x12, 0x0C, 0];
const LIT_BGR0: [u8; 4] = [0xFF, 0xE6, 0xC8, 0];

#[cfg(test)]
mod tests {
    use super::*;
    use embedded_graphics::geometry::Point;

    fn with_dots(dots: &[(i32, i32)]) -> Framebuffer {
        let mut picture = Framebuffer::default();
        let pixels = dots.iter().map(|&(x, y)| Pixel(Point::new(x, y), BinaryColor::On));
        picture.draw_iter(pixels).expect("drawing cannot fail");
        picture
    }

    #[test]
    fn what_falls_outside_is_cut_off() {
        let outside = [(-1, 0), (0, -1), (128, 0), (0, 64), (i32::MAX, i32::MIN)];
        assert_eq!(with_dots(&outside), Framebuffer::default());
        let corners = with_dots(&[(0, 0), (127, 63)]);
        assert!(corners.is_lit(0, 0) && corners.is_lit(127, 63) && !corners.is_lit(1, 0));
        assert!(!corners.is_lit(128, 0) && !corners.is_lit(0, 64));
    }

    #[test]
    fn the_bmp_has_its_first_row_at_the_bottom() {
        let file = with_dots(&[(0, 0), (9, 63)]).to_bmp();
        assert_eq!(file.len(), 62 + 1_024);
        assert_eq!(file[..2], *b"BM");
        assert_eq!(file[10], 62, "where the picture begins");
        assert_eq!((file[18], file[22], file[26], file[28]), (128, 64, 1, 1), "width, height, planes, bits");
        assert_eq!(file[62..64], [0, 0x40], "the last row comes first");
        assert_eq!(file[62 + 1_008], 0x80, "the first row comes last");
    }
}
