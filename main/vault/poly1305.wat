;; The inner loop of Poly1305: four blocks at a time, each lane of a vector working through every fourth block.
;;
;; Numbers modulo 2^130 - 5 are five limbs of 26 bits. Limb i of four numbers is one vector of four 32-bit lanes.
;; In each round h = h * power + m, where m is the next four blocks and power is r^4 in every lane; 2^130 = 5 folds the
;; product's upper half back, which is why 5 * r (the limbs s) is at hand. JavaScript prepares the powers, the bit that
;; marks the end of each block, and the last steps; see poly1305.ts.
;;
;; Memory: 0 h, five vectors. 80 the block marks, one vector. 128 and up: whatever the caller puts there.
(module
  (memory (export "memory") 1)
  ;; Takes the blocks from $at to $end, a multiple of 64 bytes and not empty, with the five vectors at $power.
  (func (export "absorb") (param $at i32) (param $end i32) (param $power i32)
    (local $h0 v128) (local $h1 v128) (local $h2 v128) (local $h3 v128) (local $h4 v128)
    (local $r0 v128) (local $r1 v128) (local $r2 v128) (local $r3 v128) (local $r4 v128)
    (local $s1 v128) (local $s2 v128) (local $s3 v128) (local $s4 v128)
    (local $l0 v128) (local $l1 v128) (local $l2 v128) (local $l3 v128) (local $l4 v128)
    (local $u0 v128) (local $u1 v128) (local $u2 v128) (local $u3 v128) (local $u4 v128)
    (local $a v128) (local $b v128) (local $c v128) (local $d v128)
    (local $w v128) (local $x v128) (local $y v128) (local $z v128)
    (local $marks v128) (local $wide v128) (local $narrow v128)
    (local.set $wide (v128.const i64x2 0x3ffffff 0x3ffffff))
    (local.set $narrow (v128.const i32x4 0x3ffffff 0x3ffffff 0x3ffffff 0x3ffffff))
    (local.set $marks (v128.load (i32.const 80)))
    (local.set $h0 (v128.load (i32.const 0)))
    (local.set $h1 (v128.load (i32.const 16)))
    (local.set $h2 (v128.load (i32.const 32)))
    (local.set $h3 (v128.load (i32.const 48)))
    (local.set $h4 (v128.load (i32.const 64)))
    (local.set $r0 (v128.load (local.get $power)))
    (local.set $r1 (v128.load offset=16 (local.get $power)))
    (local.set $r2 (v128.load offset=32 (local.get $power)))
    (local.set $r3 (v128.load offset=48 (local.get $power)))
    (local.set $r4 (v128.load offset=64 (local.get $power)))
    (local.set $s1 (i32x4.add (local.get $r1) (i32x4.shl (local.get $r1) (i32.const 2))))
    (local.set $s2 (i32x4.add (local.get $r2) (i32x4.shl (local.get $r2) (i32.const 2))))
    (local.set $s3 (i32x4.add (local.get $r3) (i32x4.shl (local.get $r3) (i32.const 2))))
    (local.set $s4 (i32x4.add (local.get $r4) (i32x4.shl (local.get $r4) (i32.const 2))))
    (loop $round
      ;; h * power in the two lower lanes, then its carries.
      (local.set $l0
        (i64x2.add (i64x2.add (i64x2.add (i64x2.add
          (i64x2.extmul_low_i32x4_u (local.get $h0) (local.get $r0))
          (i64x2.extmul_low_i32x4_u (local.get $h1) (local.get $s4)))
          (i64x2.extmul_low_i32x4_u (local.get $h2) (local.get $s3)))
          (i64x2.extmul_low_i32x4_u (local.get $h3) (local.get $s2)))
          (i64x2.extmul_low_i32x4_u (local.get $h4) (local.get $s1))))
      (local.set $l1
        (i64x2.add (i64x2.add (i64x2.add (i64x2.add
          (i64x2.extmul_low_i32x4_u (local.get $h0) (local.get $r1))
          (i64x2.extmul_low_i32x4_u (local.get $h1) (local.get $r0)))
          (i64x2.extmul_low_i32x4_u (local.get $h2) (local.get $s4)))
          (i64x2.extmul_low_i32x4_u (local.get $h3) (local.get $s3)))
          (i64x2.extmul_low_i32x4_u (local.get $h4) (local.get $s2))))
      (local.set $l2
        (i64x2.add (i64x2.add (i64x2.add (i64x2.add
          (i64x2.extmul_low_i32x4_u (local.get $h0) (local.get $r2))
          (i64x2.extmul_low_i32x4_u (local.get $h1) (local.get $r1)))
          (i64x2.extmul_low_i32x4_u (local.get $h2) (local.get $r0)))
          (i64x2.extmul_low_i32x4_u (local.get $h3) (local.get $s4)))
          (i64x2.extmul_low_i32x4_u (local.get $h4) (local.get $s3))))
      (local.set $l3
        (i64x2.add (i64x2.add (i64x2.add (i64x2.add
          (i64x2.extmul_low_i32x4_u (local.get $h0) (local.get $r3))
          (i64x2.extmul_low_i32x4_u (local.get $h1) (local.get $r2)))
          (i64x2.extmul_low_i32x4_u (local.get $h2) (local.get $r1)))
          (i64x2.extmul_low_i32x4_u (local.get $h3) (local.get $r0)))
          (i64x2.extmul_low_i32x4_u (local.get $h4) (local.get $s4))))
      (local.set $l4
        (i64x2.add (i64x2.add (i64x2.add (i64x2.add
          (i64x2.extmul_low_i32x4_u (local.get $h0) (local.get $r4))
          (i64x2.extmul_low_i32x4_u (local.get $h1) (local.get $r3)))
          (i64x2.extmul_low_i32x4_u (local.get $h2) (local.get $r2)))
          (i64x2.extmul_low_i32x4_u (local.get $h3) (local.get $r1)))
          (i64x2.extmul_low_i32x4_u (local.get $h4) (local.get $r0))))
      (local.set $l1 (i64x2.add (local.get $l1) (i64x2.shr_u (local.get $l0) (i32.const 26))))
      (local.set $l0 (v128.and (local.get $l0) (local.get $wide)))
      (local.set $l4 (i64x2.add (local.get $l4) (i64x2.shr_u (local.get $l3) (i32.const 26))))
      (local.set $l3 (v128.and (local.get $l3) (local.get $wide)))
      (local.set $l2 (i64x2.add (local.get $l2) (i64x2.shr_u (local.get $l1) (i32.const 26))))
      (local.set $l1 (v128.and (local.get $l1) (local.get $wide)))
      (local.set $c (i64x2.shr_u (local.get $l4) (i32.const 26)))
      (local.set $l4 (v128.and (local.get $l4) (local.get $wide)))
      (local.set $l0 (i64x2.add (local.get $l0) (i64x2.add (local.get $c) (i64x2.shl (local.get $c) (i32.const 2)))))
      (local.set $l3 (i64x2.add (local.get $l3) (i64x2.shr_u (local.get $l2) (i32.const 26))))
      (local.set $l2 (v128.and (local.get $l2) (local.get $wide)))
      (local.set $l1 (i64x2.add (local.get $l1) (i64x2.shr_u (local.get $l0) (i32.const 26))))
      (local.set $l0 (v128.and (local.get $l0) (local.get $wide)))
      (local.set $l4 (i64x2.add (local.get $l4) (i64x2.shr_u (local.get $l3) (i32.const 26))))
      (local.set $l3 (v128.and (local.get $l3) (local.get $wide)))
      ;; The same in the two upper lanes.
      (local.set $u0
        (i64x2.add (i64x2.add (i64x2.add (i64x2.add
          (i64x2.extmul_high_i32x4_u (local.get $h0) (local.get $r0))
          (i64x2.extmul_high_i32x4_u (local.get $h1) (local.get $s4)))
          (i64x2.extmul_high_i32x4_u (local.get $h2) (local.get $s3)))
          (i64x2.extmul_high_i32x4_u (local.get $h3) (local.get $s2)))
          (i64x2.extmul_high_i32x4_u (local.get $h4) (local.get $s1))))
      (local.set $u1
        (i64x2.add (i64x2.add (i64x2.add (i64x2.add
          (i64x2.extmul_high_i32x4_u (local.get $h0) (local.get $r1))
          (i64x2.extmul_high_i32x4_u (local.get $h1) (local.get $r0)))
          (i64x2.extmul_high_i32x4_u (local.get $h2) (local.get $s4)))
          (i64x2.extmul_high_i32x4_u (local.get $h3) (local.get $s3)))
          (i64x2.extmul_high_i32x4_u (local.get $h4) (local.get $s2))))
      (local.set $u2
        (i64x2.add (i64x2.add (i64x2.add (i64x2.add
          (i64x2.extmul_high_i32x4_u (local.get $h0) (local.get $r2))
          (i64x2.extmul_high_i32x4_u (local.get $h1) (local.get $r1)))
          (i64x2.extmul_high_i32x4_u (local.get $h2) (local.get $r0)))
          (i64x2.extmul_high_i32x4_u (local.get $h3) (local.get $s4)))
          (i64x2.extmul_high_i32x4_u (local.get $h4) (local.get $s3))))
      (local.set $u3
        (i64x2.add (i64x2.add (i64x2.add (i64x2.add
          (i64x2.extmul_high_i32x4_u (local.get $h0) (local.get $r3))
          (i64x2.extmul_high_i32x4_u (local.get $h1) (local.get $r2)))
          (i64x2.extmul_high_i32x4_u (local.get $h2) (local.get $r1)))
          (i64x2.extmul_high_i32x4_u (local.get $h3) (local.get $r0)))
          (i64x2.extmul_high_i32x4_u (local.get $h4) (local.get $s4))))
      (local.set $u4
        (i64x2.add (i64x2.add (i64x2.add (i64x2.add
          (i64x2.extmul_high_i32x4_u (local.get $h0) (local.get $r4))
          (i64x2.extmul_high_i32x4_u (local.get $h1) (local.get $r3)))
          (i64x2.extmul_high_i32x4_u (local.get $h2) (local.get $r2)))
          (i64x2.extmul_high_i32x4_u (local.get $h3) (local.get $r1)))
          (i64x2.extmul_high_i32x4_u (local.get $h4) (local.get $r0))))
      (local.set $u1 (i64x2.add (local.get $u1) (i64x2.shr_u (local.get $u0) (i32.const 26))))
      (local.set $u0 (v128.and (local.get $u0) (local.get $wide)))
      (local.set $u4 (i64x2.add (local.get $u4) (i64x2.shr_u (local.get $u3) (i32.const 26))))
      (local.set $u3 (v128.and (local.get $u3) (local.get $wide)))
      (local.set $u2 (i64x2.add (local.get $u2) (i64x2.shr_u (local.get $u1) (i32.const 26))))
      (local.set $u1 (v128.and (local.get $u1) (local.get $wide)))
      (local.set $c (i64x2.shr_u (local.get $u4) (i32.const 26)))
      (local.set $u4 (v128.and (local.get $u4) (local.get $wide)))
      (local.set $u0 (i64x2.add (local.get $u0) (i64x2.add (local.get $c) (i64x2.shl (local.get $c) (i32.const 2)))))
      (local.set $u3 (i64x2.add (local.get $u3) (i64x2.shr_u (local.get $u2) (i32.const 26))))
      (local.set $u2 (v128.and (local.get $u2) (local.get $wide)))
      (local.set $u1 (i64x2.add (local.get $u1) (i64x2.shr_u (local.get $u0) (i32.const 26))))
      (local.set $u0 (v128.and (local.get $u0) (local.get $wide)))
      (local.set $u4 (i64x2.add (local.get $u4) (i64x2.shr_u (local.get $u3) (i32.const 26))))
      (local.set $u3 (v128.and (local.get $u3) (local.get $wide)))
      ;; Back to four lanes.
      (local.set $h0 (i8x16.shuffle 0 1 2 3 8 9 10 11 16 17 18 19 24 25 26 27 (local.get $l0) (local.get $u0)))
      (local.set $h1 (i8x16.shuffle 0 1 2 3 8 9 10 11 16 17 18 19 24 25 26 27 (local.get $l1) (local.get $u1)))
      (local.set $h2 (i8x16.shuffle 0 1 2 3 8 9 10 11 16 17 18 19 24 25 26 27 (local.get $l2) (local.get $u2)))
      (local.set $h3 (i8x16.shuffle 0 1 2 3 8 9 10 11 16 17 18 19 24 25 26 27 (local.get $l3) (local.get $u3)))
      (local.set $h4 (i8x16.shuffle 0 1 2 3 8 9 10 11 16 17 18 19 24 25 26 27 (local.get $l4) (local.get $u4)))
      ;; Four blocks, turned so that each vector has one word of every block.
      (local.set $a (v128.load (local.get $at)))
      (local.set $b (v128.load offset=16 (local.get $at)))
      (local.set $c (v128.load offset=32 (local.get $at)))
      (local.set $d (v128.load offset=48 (local.get $at)))
      (local.set $w (i8x16.shuffle 0 1 2 3 16 17 18 19 4 5 6 7 20 21 22 23 (local.get $a) (local.get $b)))
      (local.set $x (i8x16.shuffle 0 1 2 3 16 17 18 19 4 5 6 7 20 21 22 23 (local.get $c) (local.get $d)))
      (local.set $y (i8x16.shuffle 8 9 10 11 24 25 26 27 12 13 14 15 28 29 30 31 (local.get $a) (local.get $b)))
      (local.set $z (i8x16.shuffle 8 9 10 11 24 25 26 27 12 13 14 15 28 29 30 31 (local.get $c) (local.get $d)))
      (local.set $a (i8x16.shuffle 0 1 2 3 4 5 6 7 16 17 18 19 20 21 22 23 (local.get $w) (local.get $x)))
      (local.set $b (i8x16.shuffle 8 9 10 11 12 13 14 15 24 25 26 27 28 29 30 31 (local.get $w) (local.get $x)))
      (local.set $c (i8x16.shuffle 0 1 2 3 4 5 6 7 16 17 18 19 20 21 22 23 (local.get $y) (local.get $z)))
      (local.set $d (i8x16.shuffle 8 9 10 11 12 13 14 15 24 25 26 27 28 29 30 31 (local.get $y) (local.get $z)))
      ;; Their limbs, added to h.
      (local.set $h0 (i32x4.add (local.get $h0) (v128.and (local.get $a) (local.get $narrow))))
      (local.set $h1 (i32x4.add (local.get $h1) (v128.and (local.get $narrow)
        (v128.or (i32x4.shr_u (local.get $a) (i32.const 26)) (i32x4.shl (local.get $b) (i32.const 6))))))
      (local.set $h2 (i32x4.add (local.get $h2) (v128.and (local.get $narrow)
        (v128.or (i32x4.shr_u (local.get $b) (i32.const 20)) (i32x4.shl (local.get $c) (i32.const 12))))))
      (local.set $h3 (i32x4.add (local.get $h3) (v128.and (local.get $narrow)
        (v128.or (i32x4.shr_u (local.get $c) (i32.const 14)) (i32x4.shl (local.get $d) (i32.const 18))))))
      (local.set $h4 (i32x4.add (local.get $h4) (v128.or (i32x4.shr_u (local.get $d) (i32.const 8)) (local.get $marks))))
      (br_if $round (i32.lt_u (local.tee $at (i32.add (local.get $at) (i32.const 64))) (local.get $end))))
    (v128.store (i32.const 0) (local.get $h0))
    (v128.store (i32.const 16) (local.get $h1))
    (v128.store (i32.const 32) (local.get $h2))
    (v128.store (i32.const 48) (local.get $h3))
    (v128.store (i32.const 64) (local.get $h4))))
