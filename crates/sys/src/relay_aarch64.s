// Registers: x19 the table, later a negated error number; x20 the first candidate's slot; x21 envp;
// x22 socket; x23 the number of candidates; x24 the index of the step; x25 the next candidate.
// Frame: [sp] a sock_fprog, [sp+16] a record, [sp+32] iovec, [sp+48] cmsghdr and descriptor,
// [sp+80] msghdr.
    ldr x20, [sp]
    adr x19, 90f
    ldr x22, [x19]
    ldr x23, [x19, #8]
    ldr x24, [x19, #16]
    add x0, x23, #2
    cmp x20, x0
    b.lo 51f
    ldr x0, [sp, #8]
    ldr x0, [x0]
    adr x1, 80f
    ldr x1, [x1]
    cmp x0, x1
    b.ne 51f
    mov x0, sp
    add x21, x0, x20, lsl #3
    add x21, x21, #16
    add x20, x0, #16
    sub sp, sp, #256
    mov x8, #167
    mov x0, #4
    mov x1, #0
    svc #0
    cbnz x0, 50f
    mov x8, #25
    mov x0, x22
    mov x1, #2
    mov x2, #1
    svc #0
    cbnz x0, 50f
    add x19, x19, #24
20:
    ldr x24, [x19]
    ldr x1, [x19, #8]
    cmn x1, #1
    b.eq 30f
    ldr x2, [x19, #16]
    str x2, [sp]
    add x0, x19, #24
    str x0, [sp, #8]
    add x19, x0, x2, lsl #3
    cbnz x1, 22f
    mov x8, #167
    mov x0, #22
    mov x1, #2
    mov x2, sp
    mov x3, #0
    mov x4, #0
    svc #0
    cbnz x0, 50f
    b 20b
22:
    mov x8, #277
    mov x0, #1
    mov x2, sp
    svc #0
    tbnz x0, #63, 50f
    mov x1, #8
    stp x1, xzr, [sp, #16]
    add x1, sp, #16
    mov x2, #16
    stp x1, x2, [sp, #32]
    mov x1, #20
    str x1, [sp, #48]
    mov w1, #1
    stp w1, w1, [sp, #56]
    stp w0, wzr, [sp, #64]
    stp xzr, xzr, [sp, #80]
    add x1, sp, #32
    mov x2, #1
    stp x1, x2, [sp, #96]
    add x1, sp, #48
    mov x2, #24
    stp x1, x2, [sp, #112]
    str xzr, [sp, #128]
    mov x8, #211
    mov x0, x22
    add x1, sp, #80
    mov x2, #0x4000
    svc #0
    tbnz x0, #63, 50f
    b 20b
30:
    mov x19, #-2
    mov x25, #0
31:
    mov x0, x19
    cmp x25, x23
    b.hs 50f
    ldr x0, [x20, x25, lsl #3]
    add x1, x20, x23, lsl #3
    mov x2, x21
    mov x8, #221
    svc #0
    add x25, x25, #1
    cmn x0, #8
    b.eq 35f
    cmn x0, #13
    b.eq 32f
    cmn x0, #2
    b.eq 33f
    cmn x0, #20
    b.eq 33f
    cmn x0, #19
    b.eq 33f
    cmn x0, #116
    b.eq 33f
    b 50f
32:
    mov x19, x0
    b 31b
33:
    cmp x23, #1
    b.eq 50f
    b 31b
35:
    add x1, x20, x25, lsl #3
    ldr x0, [x1, #-8]
    add x1, x20, x23, lsl #3
    str x0, [x1]
    adr x0, 82f
    str x0, [x1, #-8]!
    adr x0, 81f
    mov x2, x21
    mov x8, #221
    svc #0
50:
    neg x0, x0
    mov w1, #1
    stp w1, w24, [sp, #16]
    stp wzr, w0, [sp, #24]
    mov x8, #64
    mov x0, x22
    add x1, sp, #16
    mov x2, #16
    svc #0
    mov x0, #125
    b 52f
51:
    mov x0, #126
52:
    mov x8, #94
    svc #0
    brk #1
